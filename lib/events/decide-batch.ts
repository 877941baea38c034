import {
  type AttemptClass,
  type ClassifiableAttempt,
  classifyRequest,
  orderAttempts,
  packFlags,
} from '@/lib/events/classify-request'
import { classSeqOf, composeVersion, rankContent, rankOf, tombstoneVersion } from '@/lib/events/row-version'

/** A stored row of an attempt: the newest of its key and timestamp. */
export type KnownAttempt = ClassifiableAttempt & {
  workspaceId: number
  requestKey: string
  hasAttemptId: boolean
  requestAttempts: number
  seq: number
  sinceFirstMs: number
  untilLastMs: number
  flags: number
  revision: number
  contentHash: number
  version: bigint
  isDeleted: boolean
}

/** What may be said about an attempt after its content: `null` where nothing is said. */
export type Statement = { outcome: string | null; qualityScore: number | null }

/** An attempt as delivered now. `tsMs` is null where the event had no timestamp and no receipt time could be claimed. */
export type SentAttempt = Omit<ClassifiableAttempt, 'tsMs'> & {
  workspaceId: number
  requestKey: string
  externalRequestId: string
  attemptId: string
  /** The timestamp sent, else the receipt time of the first delivery. */
  tsMs: number
  hasTimestamp: boolean
  revision: number
  receivedAtMs: number
  contentHash: number
  statement: Statement
}

/** What is said later of an attempt that is stored: of the one named, else of the last of the request. */
export type LateStatement = {
  workspaceId: number
  requestKey: string
  externalRequestId: string
  /** Null where no attempt is named. */
  about: { attemptKey: string; attemptNumber: number | null } | null
  statement: Statement
}

export function isLateStatement(sent: object): sent is LateStatement {
  return 'about' in sent
}

export type EventWarning = { code: string; message: string }

export type EventDecision =
  | { status: 'accepted'; warnings: EventWarning[] }
  | { status: 'duplicate'; warnings: EventWarning[] }
  | { status: 'rejected'; code: 'conflict' | 'too_many_attempts' | 'erased' | 'unknown_request'; message: string }

/** Answers an event of what was erased on request. */
export const ERASED: EventDecision = {
  status: 'rejected',
  code: 'erased',
  message: 'This was erased on request, so it is not stored again. There is nothing to do; do not send it again.',
}

export type Finding = {
  workspaceId: number
  kind: 'conflict' | 'double_reporting' | 'personal_data' | 'total_mismatch'
  externalRequestId: string
  attemptIdentity: string
  message: string
}

export type BatchDecision<T extends SentAttempt> = {
  /** One per sent attempt or statement, in their order. */
  decisions: EventDecision[]
  /** Rows to write in full. */
  writes: {
    attempt: T
    tsMs: number
    statement: Statement
    attemptClass: AttemptClass
    version: bigint
  }[]
  /** Stored rows to write again: `changed` if their class or receipt did, else only if the statement says something new. */
  rewrites: {
    known: KnownAttempt
    attemptClass: AttemptClass
    version: bigint
    changed: boolean
    statement: Statement
  }[]
  tombstones: { known: KnownAttempt; version: bigint }[]
  findings: Finding[]
}

/** More attempts of one request than this are refused: its id is then not the id of a request. */
export const MAX_ATTEMPTS_PER_REQUEST = 2_000

type Living<T> = {
  tsMs: number
  rank: bigint
  revision: number
  contentHash: number
  statement: Statement
  source: { kind: 'known'; row: KnownAttempt } | { kind: 'sent'; attempt: T }
}

/** The revision of the tombstone of what was erased on request; events begin at 1. */
const ERASED_REVISION = 0

const NO_STATEMENT: Statement = { outcome: null, qualityScore: null }

function mergeStatements(before: Statement, after: Statement): Statement {
  return { outcome: after.outcome ?? before.outcome, qualityScore: after.qualityScore ?? before.qualityScore }
}

function hasStatement(statement: Statement): boolean {
  return statement.outcome !== null || statement.qualityScore !== null
}

function saidBy<T extends SentAttempt>({ source }: Living<T>): KnownAttempt | T {
  return source.kind === 'known' ? source.row : source.attempt
}

function slotOf(attemptKey: string, tsMs: number): string {
  return `${attemptKey}/${tsMs}`
}

/** All that is known and said of one request while a batch is decided. */
class RequestLedger<T extends SentAttempt> {
  readonly living = new Map<string, Living<T>>()
  private readonly stored = new Map<string, KnownAttempt[]>()
  private readonly graves = new Map<string, bigint>()
  private readonly erased = new Set<string>()
  readonly findings: Finding[] = []

  constructor(
    private readonly externalRequestId: string,
    rows: readonly KnownAttempt[],
  ) {
    for (const row of newestOfSlots(rows)) {
      if (row.isDeleted) {
        this.graves.set(slotOf(row.attemptKey, row.tsMs), row.version)
        if (row.revision === ERASED_REVISION) this.erased.add(row.attemptKey)
        continue
      }
      const same = this.stored.get(row.attemptKey)
      if (same) same.push(row)
      else this.stored.set(row.attemptKey, [row])
    }
    for (const [attemptKey, same] of this.stored) this.resolve(attemptKey, same)
  }

  /** Two living rows of one identity: two writers raced, or one was cut off between a move and its tombstone. */
  private resolve(attemptKey: string, rows: readonly KnownAttempt[]): void {
    const ordered = [...rows].sort((a, b) => (rankOf(a.version) > rankOf(b.version) ? -1 : 1))
    const winner = ordered[0]
    if (!winner) return
    this.living.set(attemptKey, {
      tsMs: winner.tsMs,
      rank: rankOf(winner.version),
      revision: winner.revision,
      contentHash: winner.contentHash,
      statement: NO_STATEMENT,
      source: { kind: 'known', row: winner },
    })
    const rival = ordered.find((row) => row.revision === winner.revision && row.contentHash !== winner.contentHash)
    if (rival) this.reportConflict(winner.workspaceId, attemptKey, winner.revision)
  }

  private reportConflict(workspaceId: number, attemptIdentity: string, revision: number): void {
    this.findings.push({
      workspaceId,
      kind: 'conflict',
      externalRequestId: this.externalRequestId,
      attemptIdentity,
      message: `Two contents of one attempt at revision ${revision}; the first one received stays.`,
    })
  }

  decide(attempt: T): EventDecision {
    if (this.erased.has(attempt.attemptKey)) return ERASED
    const current = this.living.get(attempt.attemptKey)
    const rank = rankContent(attempt.revision, attempt.receivedAtMs, attempt.contentHash)
    if (!current) return this.open(attempt, rank)
    if (attempt.revision < current.revision) return { status: 'duplicate', warnings: [] }
    if (attempt.revision === current.revision) {
      if (attempt.contentHash === current.contentHash) {
        current.statement = mergeStatements(current.statement, attempt.statement)
        if (rank > current.rank) current.rank = rank
        return { status: 'duplicate', warnings: [] }
      }
      this.reportConflict(attempt.workspaceId, attempt.attemptId || attempt.attemptKey, attempt.revision)
      if (rank <= current.rank) {
        return {
          status: 'rejected',
          code: 'conflict',
          message: `This attempt is already stored with other content at revision ${attempt.revision}, and the first one stays. Send a higher revision to correct it, or another attemptId if it is another attempt.`,
        }
      }
    }
    const tsMs = attempt.hasTimestamp ? attempt.tsMs : current.tsMs
    this.settle(attempt, tsMs, rank)
    return { status: 'accepted', warnings: [] }
  }

  /** Keeps what is said of an attempt that is stored or sent before it. */
  state({ about, statement }: LateStatement): EventDecision {
    const target = about === null ? this.last() : this.named(about)
    if (!target) {
      const which = about === null || this.living.size === 0 ? 'No attempt of this request' : 'No such attempt'
      return {
        status: 'rejected',
        code: 'unknown_request',
        message: `${which} is stored under this environment and data mode. Send the attempt first, then its outcome.`,
      }
    }
    target.statement = mergeStatements(target.statement, statement)
    return { status: 'accepted', warnings: [] }
  }

  private named({ attemptKey, attemptNumber }: NonNullable<LateStatement['about']>): Living<T> | undefined {
    const exact = this.living.get(attemptKey)
    if (exact || attemptNumber === null) return exact
    return [...this.living.values()].find((each) => saidBy(each).attemptNumber === attemptNumber)
  }

  private last(): Living<T> | undefined {
    const last = orderAttempts(this.classifiable()).at(-1)
    return last && this.living.get(last.attemptKey)
  }

  private classifiable(): ClassifiableAttempt[] {
    return [...this.living.entries()].map(([attemptKey, each]) => {
      const { attemptNumber, provider, model, status, context } = saidBy(each)
      return { attemptKey, tsMs: each.tsMs, attemptNumber, provider, model, status, context }
    })
  }

  private open(attempt: T, rank: bigint): EventDecision {
    const grave = this.graves.get(slotOf(attempt.attemptKey, attempt.tsMs))
    if (grave !== undefined && grave >= composeVersion(rank, 0)) return { status: 'duplicate', warnings: [] }
    if (this.living.size >= MAX_ATTEMPTS_PER_REQUEST) {
      return {
        status: 'rejected',
        code: 'too_many_attempts',
        message: `This request already has ${MAX_ATTEMPTS_PER_REQUEST} attempts. externalRequestId must name one request, not a session or a service.`,
      }
    }
    this.settle(attempt, attempt.tsMs, rank)
    return { status: 'accepted', warnings: this.warnOfDoubleReporting(attempt) }
  }

  private settle(attempt: T, tsMs: number, rank: bigint): void {
    this.living.set(attempt.attemptKey, {
      tsMs,
      rank,
      revision: attempt.revision,
      contentHash: attempt.contentHash,
      statement: attempt.statement,
      source: { kind: 'sent', attempt },
    })
  }

  private warnOfDoubleReporting(attempt: T): EventWarning[] {
    const hasId = attempt.attemptId !== ''
    for (const other of this.living.values()) {
      const otherHasId =
        other.source.kind === 'known' ? other.source.row.hasAttemptId : other.source.attempt.attemptId !== ''
      if (otherHasId === hasId) continue
      const message =
        'Some attempts of this request carry attemptId and others do not: perhaps two layers report the same calls.'
      this.findings.push({
        workspaceId: attempt.workspaceId,
        kind: 'double_reporting',
        externalRequestId: this.externalRequestId,
        attemptIdentity: attempt.attemptId || attempt.attemptKey,
        message,
      })
      return [{ code: 'double_reporting', message }]
    }
    return []
  }

  /** Rows to write so that the store says what this ledger says. */
  close(into: BatchDecision<T>): void {
    const living = [...this.living.entries()]
    const classes = classifyRequest(this.classifiable())
    for (const [attemptKey, { tsMs, rank, statement, source }] of living) {
      const attemptClass = classes.get(attemptKey)
      if (!attemptClass) continue
      for (const row of this.stored.get(attemptKey) ?? []) {
        if (row.tsMs !== tsMs) into.tombstones.push({ known: row, version: tombstoneVersion(row.version) })
      }
      if (source.kind === 'sent') {
        const version = composeVersion(rank, living.length)
        into.writes.push({ attempt: source.attempt, tsMs, statement, attemptClass, version })
        continue
      }
      const { row } = source
      const changed = !isClassOf(row, attemptClass) || rank !== rankOf(row.version)
      if (!changed && !hasStatement(statement)) continue
      const version = composeVersion(rank, Math.max(classSeqOf(row.version) + 1, living.length))
      into.rewrites.push({ known: row, attemptClass, version, changed, statement })
    }
    into.findings.push(...this.findings)
  }
}

function newestOfSlots(rows: readonly KnownAttempt[]): Iterable<KnownAttempt> {
  const newest = new Map<string, KnownAttempt>()
  for (const row of rows) {
    const slot = slotOf(row.attemptKey, row.tsMs)
    const other = newest.get(slot)
    if (!other || row.version > other.version) newest.set(slot, row)
  }
  return newest.values()
}

function isClassOf(row: KnownAttempt, attemptClass: AttemptClass): boolean {
  return (
    row.requestAttempts === attemptClass.requestAttempts &&
    row.seq === attemptClass.seq &&
    row.sinceFirstMs === attemptClass.sinceFirstMs &&
    row.untilLastMs === attemptClass.untilLastMs &&
    row.flags === packFlags(attemptClass)
  )
}

/** Key of a request across workspaces, as {@link decideBatch} groups by. */
export function requestRef(request: { workspaceId: number; requestKey: string }): string {
  return `${request.workspaceId}/${request.requestKey}`
}

function groupByRequest(known: readonly KnownAttempt[]): Map<string, KnownAttempt[]> {
  const rowsOfRequest = new Map<string, KnownAttempt[]>()
  for (const row of known) {
    const ref = requestRef(row)
    const rows = rowsOfRequest.get(ref)
    if (rows) rows.push(row)
    else rowsOfRequest.set(ref, [row])
  }
  return rowsOfRequest
}

/** Which stored rows to write again so that every attempt is classified by what stands of its request. Pure. */
export function reclassify(known: readonly KnownAttempt[]): Pick<BatchDecision<never>, 'rewrites' | 'tombstones'> {
  const batch: BatchDecision<never> = { decisions: [], writes: [], rewrites: [], tombstones: [], findings: [] }
  for (const rows of groupByRequest(known).values()) new RequestLedger<never>('', rows).close(batch)
  return batch
}

/**
 * Decides a batch against what is stored of its requests: what is new, said before, corrected or contradicted, and which
 * rows bring the store to that state. Pure; what ends up stored does not depend on how events were cut into batches, nor,
 * conflicts aside, on their order.
 */
export function decideBatch<T extends SentAttempt>(
  known: readonly KnownAttempt[],
  sent: readonly (T | LateStatement)[],
): BatchDecision<T> {
  const rowsOfRequest = groupByRequest(known)
  const ledgers = new Map<string, RequestLedger<T>>()
  const decisions = sent.map((attempt) => {
    const ref = requestRef(attempt)
    let ledger = ledgers.get(ref)
    if (!ledger) {
      ledger = new RequestLedger<T>(attempt.externalRequestId, rowsOfRequest.get(ref) ?? [])
      ledgers.set(ref, ledger)
    }
    return isLateStatement(attempt) ? ledger.state(attempt) : ledger.decide(attempt)
  })
  const batch: BatchDecision<T> = { decisions, writes: [], rewrites: [], tombstones: [], findings: [] }
  for (const ledger of ledgers.values()) ledger.close(batch)
  return batch
}
