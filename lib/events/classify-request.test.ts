import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type ClassifiableAttempt, classifyRequest, packFlags } from '@/lib/events/classify-request'
import type { AttemptStatus } from '@/lib/events/event-names'

const DEPLOYMENTS: Record<string, { provider: string; model: string }> = {
  A: { provider: 'openai', model: 'gpt-4o' },
  B: { provider: 'anthropic', model: 'claude-sonnet-4-5' },
  C: { provider: 'azure', model: 'gpt-4o' },
  D: { provider: 'openai', model: 'gpt-4o-mini' },
}

const STATUSES: Record<string, AttemptStatus> = {
  '✓': 'success',
  '✗': 'error',
  t: 'timeout',
  r: 'rate_limited',
  c: 'canceled',
  '?': 'unspecified',
}

/** `A✗ B✓` → attempts a second apart, keyed 1, 2, … */
function attemptsOf(text: string): ClassifiableAttempt[] {
  return text.split(' ').map((token, index) => {
    const deployment = DEPLOYMENTS[token[0] ?? '']
    const status = STATUSES[token[1] ?? '']
    if (!deployment || !status) throw new Error(`unreadable token ${token}`)
    return {
      attemptKey: String(index + 1),
      tsMs: index * 1_000,
      attemptNumber: null,
      ...deployment,
      status,
      context: 'a',
    }
  })
}

function classesOf(text: string) {
  const classes = classifyRequest(attemptsOf(text))
  return attemptsOf(text).map(({ attemptKey }) => {
    const found = classes.get(attemptKey)
    if (!found) throw new Error(`no class for ${attemptKey}`)
    return found
  })
}

describe('truth table of the ledger', () => {
  const rows = [
    { request: 'A✓', retries: 0, fallbacks: 0, outcome: 'success', waste: ['none'] },
    { request: 'A✗', retries: 0, fallbacks: 0, outcome: 'failed', waste: ['failed_request'] },
    { request: 'A✗ A✓', retries: 1, fallbacks: 0, outcome: 'success', waste: ['retry', 'none'] },
    { request: 'A✗ B✓', retries: 0, fallbacks: 1, outcome: 'success', waste: ['fallback', 'none'] },
    { request: 'A✗ A✗ B✓', retries: 1, fallbacks: 1, outcome: 'success', waste: ['retry', 'fallback', 'none'] },
    { request: 'A✗ B✗ A✓', retries: 0, fallbacks: 2, outcome: 'success', waste: ['fallback', 'fallback', 'none'] },
    { request: 'A✗ B✗', retries: 0, fallbacks: 1, outcome: 'failed', waste: ['failed_request', 'failed_request'] },
    { request: 'A✓ A✓', retries: 1, fallbacks: 0, outcome: 'success', waste: ['retry', 'none'] },
    { request: 'Ac', retries: 0, fallbacks: 0, outcome: 'failed', waste: ['failed_request'] },
    { request: 'At', retries: 0, fallbacks: 0, outcome: 'failed', waste: ['failed_request'] },
    { request: 'Ar', retries: 0, fallbacks: 0, outcome: 'failed', waste: ['failed_request'] },
    { request: 'A?', retries: 0, fallbacks: 0, outcome: 'unspecified', waste: ['none'] },
    { request: 'A✗ A?', retries: 1, fallbacks: 0, outcome: 'unspecified', waste: ['retry', 'none'] },
    { request: 'A✓ B?', retries: 0, fallbacks: 1, outcome: 'unspecified', waste: ['none', 'none'] },
    { request: 'A✓ A✗', retries: 1, fallbacks: 0, outcome: 'failed', waste: ['none', 'failed_request'] },
  ] as const

  it.each(rows)('$request', ({ request, retries, fallbacks, outcome, waste }) => {
    const classes = classesOf(request)
    expect(classes.filter((each) => each.isRetry)).toHaveLength(retries)
    expect(classes.filter((each) => each.isFallback)).toHaveLength(fallbacks)
    expect(classes.map((each) => each.requestFallback)).toEqual(classes.map(() => fallbacks > 0))
    expect(classes.map((each) => each.requestOutcome)).toEqual(classes.map(() => outcome))
    expect(classes.map((each) => each.wasteKind)).toEqual(waste)
    expect(classes.map((each) => each.isLast)).toEqual(classes.map((_, index) => index === classes.length - 1))
  })
})

describe('first, left and outcome per provider, model and deployment', () => {
  it('follows each grouping on its own', () => {
    const classes = classesOf('A✗ C✗ D✓')
    expect(classes.map((each) => [each.firstOfProvider, each.firstOfModel, each.firstOfDeployment])).toEqual([
      [true, true, true],
      [true, false, true],
      [false, true, true],
    ])
    expect(classes.map((each) => [each.leftProvider, each.leftModel, each.leftDeployment])).toEqual([
      [true, true, true],
      [true, false, true],
      [false, false, false],
    ])
    expect(classes.map((each) => [each.outcomeAtProvider, each.outcomeAtModel, each.outcomeAtDeployment])).toEqual([
      ['success', 'elsewhere', 'elsewhere'],
      ['elsewhere', 'elsewhere', 'elsewhere'],
      ['elsewhere', 'success', 'success'],
    ])
    expect(classes.map((each) => [each.nextIsFallback, each.nextProviderDiffers, each.nextModelDiffers])).toEqual([
      [true, true, false],
      [true, true, true],
      [false, false, false],
    ])
  })

  it('says where a failed request ended', () => {
    const classes = classesOf('A✗ B✗ A✗')
    expect(classes.map((each) => each.outcomeAtProvider)).toEqual(['failed', 'elsewhere', 'elsewhere'])
  })
})

describe('order', () => {
  it('goes by attempt number only where all attempts have one', () => {
    const [first, second] = attemptsOf('A✗ A✓')
    if (!first || !second) throw new Error('two attempts expected')
    const numbered = classifyRequest([
      { ...first, attemptNumber: 2 },
      { ...second, attemptNumber: 1 },
    ])
    expect([numbered.get('1')?.seq, numbered.get('2')?.seq]).toEqual([2, 1])
    expect([numbered.get('1')?.sinceFirstMs, numbered.get('1')?.untilLastMs]).toEqual([0, 1_000])
    const partly = classifyRequest([{ ...first, attemptNumber: 2 }, second])
    expect([partly.get('1')?.seq, partly.get('2')?.seq]).toEqual([1, 2])
  })

  it('breaks ties of time by the key as a number', () => {
    const [attempt] = attemptsOf('A✓')
    if (!attempt) throw new Error('an attempt expected')
    const classes = classifyRequest([
      { ...attempt, attemptKey: '10' },
      { ...attempt, attemptKey: '9' },
    ])
    expect([classes.get('9')?.seq, classes.get('10')?.seq]).toEqual([1, 2])
  })

  it('flags attempts whose context differs', () => {
    const [first, second] = attemptsOf('A✗ A✓')
    if (!first || !second) throw new Error('two attempts expected')
    expect(classifyRequest([first, second]).get('1')?.mixed).toBe(false)
    expect(classifyRequest([first, { ...second, context: 'b' }]).get('1')?.mixed).toBe(true)
  })
})

const request = fc
  .array(
    fc.record({
      tsMs: fc.integer({ min: 0, max: 3 }),
      attemptNumber: fc.option(fc.integer({ min: 1, max: 4 }), { freq: 8 }),
      deployment: fc.constantFrom('A', 'B', 'C', 'D'),
      status: fc.constantFrom<AttemptStatus>('success', 'error', 'timeout', 'unspecified'),
      context: fc.constantFrom('a', 'a', 'a', 'b'),
    }),
    { minLength: 1, maxLength: 7 },
  )
  .map((drafts) =>
    drafts.map(({ deployment, ...draft }, index): ClassifiableAttempt => {
      const { provider, model } = DEPLOYMENTS[deployment] ?? { provider: '', model: '' }
      return { ...draft, attemptKey: String(index * 7 + 5), provider, model }
    }),
  )

/** The definitions of the ledger word by word, attempt by attempt, with no regard to speed. */
function classifyPlainly(attempts: readonly ClassifiableAttempt[]) {
  const numbered = attempts.filter((attempt) => attempt.attemptNumber !== null).length === attempts.length
  const isBefore = (a: ClassifiableAttempt, b: ClassifiableAttempt): boolean => {
    if (numbered && a.attemptNumber !== b.attemptNumber) return Number(a.attemptNumber) < Number(b.attemptNumber)
    if (a.tsMs !== b.tsMs) return a.tsMs < b.tsMs
    return BigInt(a.attemptKey) < BigInt(b.attemptKey)
  }
  const placeOf = (attempt: ClassifiableAttempt) => attempts.filter((other) => isBefore(other, attempt)).length
  const at = (place: number) => attempts.find((attempt) => placeOf(attempt) === place)
  const last = at(attempts.length - 1)
  const isElsewhere = (a?: ClassifiableAttempt, b?: ClassifiableAttempt) =>
    a !== undefined && b !== undefined && (a.provider !== b.provider || a.model !== b.model)
  const outcome = last?.status === 'success' || last?.status === 'unspecified' ? last.status : 'failed'
  const servedPlace = Math.max(-1, ...attempts.filter((each) => each.status === 'success').map(placeOf))
  const same = {
    Provider: (a: ClassifiableAttempt, b?: ClassifiableAttempt) => a.provider === b?.provider,
    Model: (a: ClassifiableAttempt, b?: ClassifiableAttempt) => a.model === b?.model,
    Deployment: (a: ClassifiableAttempt, b?: ClassifiableAttempt) => a.provider === b?.provider && a.model === b?.model,
  }
  return new Map(
    attempts.map((attempt) => {
      const place = placeOf(attempt)
      const next = at(place + 1)
      const before = at(place - 1)
      const groups = Object.entries(same).map(([name, isSame]) => {
        const there = attempts.filter((other) => isSame(attempt, other))
        const first = there.every((other) => placeOf(other) >= place)
        const followers = there.map((other) => at(placeOf(other) + 1)).filter((other) => other !== undefined)
        return [
          [`firstOf${name}`, first],
          [`left${name}`, first && followers.some((follower) => !isSame(attempt, follower))],
          [`outcomeAt${name}`, first && isSame(attempt, last) ? outcome : 'elsewhere'],
        ]
      })
      let wasteKind = 'none'
      if (place !== servedPlace) {
        if (outcome === 'failed') wasteKind = 'failed_request'
        else if (next) wasteKind = isElsewhere(attempt, next) ? 'fallback' : 'retry'
      }
      return [
        attempt.attemptKey,
        {
          requestAttempts: attempts.length,
          seq: place + 1,
          sinceFirstMs: attempt.tsMs - Math.min(...attempts.map((each) => each.tsMs)),
          untilLastMs: Math.max(...attempts.map((each) => each.tsMs)) - attempt.tsMs,
          isLast: next === undefined,
          isRetry: before !== undefined && !isElsewhere(before, attempt),
          isFallback: isElsewhere(before, attempt),
          mixed: new Set(attempts.map((each) => each.context)).size > 1,
          requestFallback: attempts.some((each) => isElsewhere(at(placeOf(each) - 1), each)),
          requestOutcome: outcome,
          wasteKind,
          nextIsFallback: isElsewhere(attempt, next),
          nextProviderDiffers: next !== undefined && next.provider !== attempt.provider,
          nextModelDiffers: next !== undefined && next.model !== attempt.model,
          ...Object.fromEntries(groups.flat()),
        },
      ] as const
    }),
  )
}

describe('properties', () => {
  it('agrees with the plain definitions', () => {
    fc.assert(
      fc.property(request, (attempts) => {
        expect(Object.fromEntries(classifyRequest(attempts))).toEqual(Object.fromEntries(classifyPlainly(attempts)))
      }),
      { numRuns: 2_000 },
    )
  })

  it('does not depend on the order of the input', () => {
    const shuffled = request.chain((attempts) =>
      fc.tuple(
        fc.constant(attempts),
        fc.shuffledSubarray(attempts, { minLength: attempts.length, maxLength: attempts.length }),
      ),
    )
    fc.assert(
      fc.property(shuffled, ([attempts, other]) => {
        expect(Object.fromEntries(classifyRequest(other))).toEqual(Object.fromEntries(classifyRequest(attempts)))
      }),
    )
  })

  it('counts a request once per grouping and its retries and fallbacks between its attempts', () => {
    fc.assert(
      fc.property(request, (attempts) => {
        const classes = [...classifyRequest(attempts).values()]
        expect(classes.filter((each) => each.isRetry || each.isFallback)).toHaveLength(attempts.length - 1)
        expect(classes.filter((each) => each.isLast)).toHaveLength(1)
        expect(classes.filter((each) => each.firstOfProvider)).toHaveLength(
          new Set(attempts.map((each) => each.provider)).size,
        )
        expect(classes.filter((each) => each.outcomeAtDeployment !== 'elsewhere')).toHaveLength(1)
      }),
    )
  })

  it('packs flags into distinct numbers below 2^24', () => {
    fc.assert(
      fc.property(request, (attempts) => {
        const packed = new Map<number, string>()
        for (const each of classifyRequest(attempts).values()) {
          const { requestAttempts, seq, sinceFirstMs, untilLastMs, ...flags } = each
          const text = JSON.stringify(flags)
          expect(packed.get(packFlags(each)) ?? text).toBe(text)
          packed.set(packFlags(each), text)
          expect(packFlags(each)).toBeLessThan(2 ** 24)
        }
      }),
    )
  })
})
