import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { classifyRequest, packFlags } from '@/lib/events/classify-request'
import {
  decideBatch,
  type KnownAttempt,
  MAX_ATTEMPTS_PER_REQUEST,
  requestRef,
  type SentAttempt,
} from '@/lib/events/decide-batch'

const START_MS = Date.parse('2026-10-01T00:00:00Z')

function sentAttempt(changes: Partial<SentAttempt> = {}): SentAttempt {
  return {
    workspaceId: 1,
    requestKey: '100',
    attemptKey: '1000',
    externalRequestId: 'r-1',
    attemptId: 'a-1',
    attemptNumber: null,
    tsMs: START_MS,
    hasTimestamp: true,
    provider: 'openai',
    model: 'gpt-4o',
    status: 'success',
    context: 'a',
    revision: 1,
    receivedAtMs: START_MS + 5_000,
    contentHash: 2 ** 28,
    statement: { outcome: null, qualityScore: null },
    ...changes,
  }
}

/** The store as ClickHouse keeps it: of rows with the same workspace, timestamp and key the highest version stays. */
class ModelStore {
  readonly rows = new Map<string, KnownAttempt>()
  accepted = 0
  duplicates = 0
  rejected: string[] = []

  private put(row: KnownAttempt): void {
    const slot = `${row.workspaceId}/${row.tsMs}/${row.attemptKey}`
    const other = this.rows.get(slot)
    if (!other || row.version >= other.version) this.rows.set(slot, row)
  }

  deliver(sent: readonly SentAttempt[], visible = true): void {
    const refs = new Set(sent.map(requestRef))
    const known = visible ? [...this.rows.values()].filter((row) => refs.has(requestRef(row))) : []
    const batch = decideBatch(known, sent)
    for (const { attempt, tsMs, attemptClass, version } of batch.writes) {
      this.put({
        ...attempt,
        ...attemptClass,
        tsMs,
        hasAttemptId: attempt.attemptId !== '',
        flags: packFlags(attemptClass),
        version,
        isDeleted: false,
      })
    }
    for (const { known: row, attemptClass, version, changed } of batch.rewrites) {
      if (changed) this.put({ ...row, ...attemptClass, flags: packFlags(attemptClass), version })
    }
    for (const { known: row, version } of batch.tombstones) this.put({ ...row, version, isDeleted: true })
    for (const decision of batch.decisions) {
      if (decision.status === 'accepted') this.accepted += 1
      else if (decision.status === 'duplicate') this.duplicates += 1
      else this.rejected.push(decision.code)
    }
  }

  get living(): KnownAttempt[] {
    return [...this.rows.values()].filter((row) => !row.isDeleted)
  }

  /** What every question is answered from, without what only says how it came about. */
  get state(): string[] {
    return this.living
      .map((row) =>
        [row.workspaceId, row.requestKey, row.attemptKey, row.tsMs, row.revision, row.contentHash, row.status]
          .concat([row.requestAttempts, row.seq, row.sinceFirstMs, row.untilLastMs, row.flags])
          .join(' '),
      )
      .sort()
  }
}

describe('one attempt', () => {
  it('is stored once however often it is delivered', () => {
    const store = new ModelStore()
    const attempt = sentAttempt()
    store.deliver([attempt, attempt])
    store.deliver([{ ...attempt, receivedAtMs: START_MS + 9_000 }])
    expect([store.accepted, store.duplicates, store.living.length]).toEqual([1, 2, 1])
  })

  it('keeps the first content when another one comes with the same revision', () => {
    const store = new ModelStore()
    store.deliver([sentAttempt()])
    store.deliver([sentAttempt({ contentHash: 5, receivedAtMs: START_MS + 6_000 })])
    expect(store.rejected).toEqual(['conflict'])
    expect(store.living.map((row) => row.contentHash)).toEqual([2 ** 28])
    const batch = decideBatch(store.living, [sentAttempt({ contentHash: 5, receivedAtMs: START_MS + 6_000 })])
    expect(batch.findings.map((finding) => finding.kind)).toEqual(['conflict'])
  })

  it('lets the earlier receipt win when batches overtook each other', () => {
    const store = new ModelStore()
    store.deliver([sentAttempt({ receivedAtMs: START_MS + 6_000 })])
    store.deliver([sentAttempt({ contentHash: 5, receivedAtMs: START_MS + 5_000, tsMs: START_MS + 1 })])
    expect(store.living.map((row) => [row.contentHash, row.tsMs])).toEqual([[5, START_MS + 1]])
  })

  it('moves with a correction and leaves a tombstone that stale copies cannot lift', () => {
    const store = new ModelStore()
    const first = sentAttempt()
    store.deliver([first])
    store.deliver([sentAttempt({ revision: 2, contentHash: 5, tsMs: START_MS + 60_000 })])
    store.deliver([first])
    expect(store.living.map((row) => [row.tsMs, row.revision])).toEqual([[START_MS + 60_000, 2]])
    store.deliver([sentAttempt({ revision: 3, contentHash: 6 })])
    expect(store.living.map((row) => [row.tsMs, row.revision])).toEqual([[START_MS, 3]])
    expect([store.accepted, store.duplicates]).toEqual([3, 1])
  })

  it('keeps its instant when a correction names none', () => {
    const store = new ModelStore()
    store.deliver([sentAttempt()])
    store.deliver([sentAttempt({ revision: 2, contentHash: 5, tsMs: START_MS + 60_000, hasTimestamp: false })])
    expect(store.living.map((row) => [row.tsMs, row.revision])).toEqual([[START_MS, 2]])
  })

  it('takes a later statement without counting again', () => {
    const store = new ModelStore()
    store.deliver([sentAttempt()])
    const said = { outcome: 'resolved', qualityScore: null }
    const batch = decideBatch(store.living, [sentAttempt({ statement: said })])
    expect(batch.decisions).toEqual([{ status: 'duplicate', warnings: [] }])
    expect(batch.rewrites.map((rewrite) => [rewrite.changed, rewrite.statement])).toEqual([[false, said]])
    expect(batch.rewrites[0]?.version).toBeGreaterThan(store.living[0]?.version ?? 0n)
  })

  it('is the same attempt in another workspace only by name', () => {
    const store = new ModelStore()
    store.deliver([sentAttempt(), sentAttempt({ workspaceId: 2 })])
    expect(store.living).toHaveLength(2)
  })
})

describe('one request', () => {
  it('reclassifies what is stored when a late attempt comes', () => {
    const store = new ModelStore()
    store.deliver([sentAttempt({ tsMs: START_MS + 1_000 })])
    store.deliver([sentAttempt({ attemptKey: '999', attemptId: 'a-0', status: 'error', contentHash: 4 })])
    const classes = classifyRequest(store.living)
    expect(store.living.map((row) => [row.attemptKey, row.seq, row.flags])).toEqual(
      ['1000', '999'].map((key) => [key, classes.get(key)?.seq, packFlags(classes.get(key) ?? neverClass())]),
    )
    expect(store.living.map((row) => row.requestAttempts)).toEqual([2, 2])
  })

  it('warns when some attempts carry an id and others do not', () => {
    const first = decideBatch([], [sentAttempt(), sentAttempt({ attemptKey: '2', attemptId: '', contentHash: 9 })])
    expect(first.findings.map((finding) => finding.kind)).toEqual(['double_reporting'])
    expect(
      first.decisions.map((each) => (each.status === 'rejected' ? [] : each.warnings.map((one) => one.code))),
    ).toEqual([[], ['double_reporting']])
  })

  it('refuses attempts beyond the limit', () => {
    const many = Array.from({ length: MAX_ATTEMPTS_PER_REQUEST + 2 }, (_, index) =>
      sentAttempt({ attemptKey: String(index), attemptId: `a-${index}`, tsMs: START_MS + index }),
    )
    const store = new ModelStore()
    store.deliver(many)
    expect([store.accepted, store.rejected]).toEqual([
      MAX_ATTEMPTS_PER_REQUEST,
      ['too_many_attempts', 'too_many_attempts'],
    ])
  })

  it('is healed when two writers did not see each other', () => {
    const store = new ModelStore()
    const first = sentAttempt({ status: 'error' })
    const retry = sentAttempt({ attemptKey: '1001', attemptId: 'a-2', tsMs: START_MS + 500, contentHash: 4 })
    store.deliver([first], false)
    store.deliver([retry], false)
    expect(store.living.map((row) => row.requestAttempts)).toEqual([1, 1])
    store.deliver([retry])
    expect(store.living.map((row) => row.requestAttempts)).toEqual([2, 2])
  })

  it('keeps one row of an identity that two writers stored at different instants', () => {
    const store = new ModelStore()
    store.deliver([sentAttempt({ receivedAtMs: START_MS + 5_000 })], false)
    store.deliver([sentAttempt({ receivedAtMs: START_MS + 6_000, contentHash: 5, tsMs: START_MS + 9 })], false)
    expect(store.living).toHaveLength(2)
    store.deliver([sentAttempt({ attemptKey: '7', attemptId: 'a-7', contentHash: 8 })])
    expect(store.living.map((row) => [row.attemptKey, row.tsMs]).sort()).toEqual([
      ['1000', START_MS],
      ['7', START_MS],
    ])
  })
})

function neverClass(): never {
  throw new Error('no class')
}

/** Contents are a function of identity and revision, as they are when nobody contradicts himself. */
const consistentEvent = fc
  .record({
    request: fc.integer({ min: 1, max: 4 }),
    attempt: fc.integer({ min: 1, max: 4 }),
    revision: fc.integer({ min: 1, max: 3 }),
  })
  .map(({ request, attempt, revision }) => {
    const seed = request * 31 + attempt * 17 + revision * 13
    return sentAttempt({
      requestKey: String(request),
      externalRequestId: `r-${request}`,
      attemptKey: String(request * 10 + attempt),
      attemptId: `a-${attempt}`,
      attemptNumber: request % 2 === 0 ? attempt : null,
      revision,
      tsMs: START_MS + (seed % 5) * 1_000,
      provider: seed % 3 === 0 ? 'openai' : 'azure',
      status: seed % 4 === 0 ? 'error' : 'success',
      contentHash: seed * 2 ** 18,
    })
  })

const conflictingEvent = fc.tuple(consistentEvent, fc.integer({ min: 0, max: 2 })).map(([event, variant]) => ({
  ...event,
  tsMs: event.tsMs + variant,
  contentHash: event.contentHash + variant * 2 ** 16,
}))

/** A set of events, and another order of it with repetitions, cut into batches elsewhere. */
function deliveries(event: fc.Arbitrary<SentAttempt>) {
  return fc.array(event, { minLength: 1, maxLength: 40 }).chain((drafts) => {
    const events = drafts.map((draft, index) => ({ ...draft, receivedAtMs: START_MS + 5_000 + index }))
    const cuts = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 6 })
    const repeated = fc
      .array(fc.constantFrom(...events), { maxLength: 40 })
      .chain((more) => fc.shuffledSubarray([...events, ...more], { minLength: events.length + more.length }))
    return fc.record({ events: fc.constant(events), repeated, cuts })
  })
}

function store(events: readonly SentAttempt[], cuts: readonly number[]): ModelStore {
  const model = new ModelStore()
  for (let start = 0, turn = 0; start < events.length; turn += 1) {
    const size = cuts[turn % cuts.length] ?? 1
    model.deliver(events.slice(start, start + size))
    start += size
  }
  return model
}

describe('any order, repetition and cut of deliveries', () => {
  it('gives the same store, all events once', () => {
    fc.assert(
      fc.property(deliveries(consistentEvent), ({ events, repeated, cuts }) => {
        const straight = store(events, [events.length])
        expect(store(repeated, cuts).state).toEqual(straight.state)
        expect(straight.living).toHaveLength(new Set(events.map((event) => event.attemptKey)).size)
      }),
      { numRuns: 300 },
    )
  })

  it('gives the same store when contents contradict each other', () => {
    fc.assert(
      fc.property(deliveries(conflictingEvent), ({ events, repeated, cuts }) => {
        expect(store(repeated, cuts).state).toEqual(store(events, [1]).state)
      }),
      { numRuns: 300 },
    )
  })

  it('leaves every request classified as a whole', () => {
    fc.assert(
      fc.property(deliveries(consistentEvent), ({ repeated, cuts }) => {
        const { living } = store(repeated, cuts)
        for (const row of living) {
          const request = living.filter((other) => other.requestKey === row.requestKey)
          expect(row.flags).toBe(packFlags(classifyRequest(request).get(row.attemptKey) ?? neverClass()))
        }
      }),
    )
  })
})
