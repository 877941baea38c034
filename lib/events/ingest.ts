import 'server-only'
import { restoreRequestTimes } from '@/db/clickhouse/statements/attempts'
import { countEvents } from '@/lib/boot/process-metrics'
import { commitBatch, type IngestBooks, type PreparedEvent } from '@/lib/events/commit-batch'
import { CommitQueue } from '@/lib/events/commit-queue'
import type { EventWarning, Finding } from '@/lib/events/decide-batch'
import type { DataMode, Environment } from '@/lib/events/event-names'
import { findPersonalData } from '@/lib/events/looks-personal'
import { type PreparedAttempt, prepareEvent, prepareLateOutcome } from '@/lib/events/prepare-event'
import { isJsonObject, validateEvent, validateLateOutcome } from '@/lib/events/validate-event'
import { currentPriceBooks } from '@/lib/pricing/current-prices'
import type { PriceIndex } from '@/lib/pricing/price-index'

export type IngestRequest = {
  workspace: { id: number }
  /** 0 where no key is involved (imports). */
  apiKeyId: number
  /** What an event gets that names no environment or data mode; null leaves it `unspecified`. */
  defaults: { environment: Environment | null; dataMode: DataMode | null }
  /** Parsed JSON values. */
  events: readonly unknown[]
  receivedAt: Date
  /** `import` takes timestamps of any age. */
  mode: 'http' | 'import'
  /** Line of each event in its source, named with what is rejected. */
  lines?: readonly number[]
  /** Size of the events as sent, for the bound of the queue; estimated when absent. */
  bytes?: number
}

type RejectedEvent = { index: number; code: string; message: string; line?: number }
type IngestWarning = EventWarning & { index: number }

export type IngestResult = {
  /** Attempts stored by this call, new ones and corrections, and outcomes of stored ones. */
  accepted: number
  /** Events that say what was already known. */
  duplicates: number
  rejected: RejectedEvent[]
  /** At most {@link MAX_WARNINGS}. */
  warnings: IngestWarning[]
}

const MAX_WARNINGS = 100
const HTTP_MAX_AGE_DAYS = 400
const EVENTS_PER_TURN = 250
const BYTES_PER_EVENT = 1_000
const PERSONAL_DATA_MEMORY = 10_000

declare global {
  // Next may load this module more than once in a process, which still has one queue.
  var farthingIngest: { queue: CommitQueue; priceIndex: PriceIndex | null; personalUsers: Set<string> } | undefined
}

function state() {
  globalThis.farthingIngest ??= {
    queue: new CommitQueue(async (submissions, signal) => {
      await restoreTimesAfterCrash()
      try {
        return await commitBatch(submissions, await currentBooks(), signal)
      } catch (error) {
        timesRestored = null
        throw error
      }
    }),
    priceIndex: null,
    personalUsers: new Set(),
  }
  return globalThis.farthingIngest
}

let timesRestored: Promise<void> | null = null

/** Once per process, and again after every failed commit: an insert that was cut off may have left attempts that are not found by their request. */
function restoreTimesAfterCrash(): Promise<void> {
  timesRestored ??= restoreRequestTimes()
  timesRestored.catch(() => {
    timesRestored = null
  })
  return timesRestored
}

/** At boot: mends what a crash may have cut in two, so that the first commit need not. */
export function prepareIngest(): Promise<void> {
  return restoreTimesAfterCrash()
}

/** Prices and names by workspace, at most a few seconds behind what was last decided. */
async function currentBooks(): Promise<IngestBooks> {
  const { priceIndex } = state()
  return priceIndex ? { indexOf: () => priceIndex, nameOf: () => null } : await currentPriceBooks()
}

/**
 * Prices what is ingested from now on by this index, in every workspace, without aliases; null goes back to the stored
 * books.
 */
export function setIngestPriceIndex(priceIndex: PriceIndex | null): void {
  state().priceIndex = priceIndex
}

/** Whether this user was not yet reported by this process. */
function isNewPersonalUser(workspaceId: number, userId: string): boolean {
  const { personalUsers } = state()
  const key = `${workspaceId}/${userId}`
  if (personalUsers.has(key)) return false
  if (personalUsers.size >= PERSONAL_DATA_MEMORY) personalUsers.clear()
  personalUsers.add(key)
  return true
}

function warnOfUnknownFields(unknownFields: readonly string[]): EventWarning[] {
  if (unknownFields.length === 0) return []
  const names = unknownFields.slice(0, 5).map((name) => JSON.stringify(name.slice(0, 40)))
  const more = unknownFields.length > names.length ? ` and ${unknownFields.length - names.length} more` : ''
  return [{ code: 'unknown_field', message: `Ignored fields: ${names.join(', ')}${more}.` }]
}

function inspectAttempt(attempt: PreparedAttempt): { warnings: EventWarning[]; findings: Finding[] } {
  const { event, usage, workspaceId, externalRequestId } = attempt
  const warnings: EventWarning[] = []
  const findings: Finding[] = []
  const report = (kind: Finding['kind'], message: string, isStored = true): void => {
    warnings.push({ code: kind, message })
    const attemptIdentity = attempt.attemptId || attempt.attemptKey
    if (isStored) findings.push({ workspaceId, kind, externalRequestId, attemptIdentity, message })
  }
  const personal = event.userId === '' ? null : findPersonalData(event.userId)
  if (personal) {
    report(
      'personal_data',
      `userId looks like ${personal}. Send a hash or an opaque id instead.`,
      isNewPersonalUser(workspaceId, event.userId),
    )
  }
  if (usage.totalMismatch) {
    report('total_mismatch', 'totalTokens differs from inputTokens + outputTokens. The parts are what is stored.')
  }
  warnings.push(...warnOfUnknownFields(event.unknownFields))
  return { warnings, findings }
}

/**
 * Validates, identifies, prices and stores events; resolves when the good ones are on disk. Sending the same events again
 * changes nothing.
 * @throws AppError `too_many_requests` or `unavailable`: nothing was acknowledged, the same events may be sent again.
 */
export async function ingestEvents(request: IngestRequest): Promise<IngestResult> {
  const receivedAtMs = request.receivedAt.getTime()
  const limits = { receivedAtMs, maxAgeDays: request.mode === 'import' ? null : HTTP_MAX_AGE_DAYS }
  const source = {
    workspaceId: request.workspace.id,
    apiKeyId: request.apiKeyId,
    defaults: request.defaults,
    receivedAtMs,
  }
  const attempts: PreparedEvent[] = []
  const indexes: number[] = []
  const findings: Finding[] = []
  const result: IngestResult = { accepted: 0, duplicates: 0, rejected: [], warnings: [] }
  const warn = (index: number, warnings: readonly EventWarning[]): void => {
    for (const warning of warnings)
      if (result.warnings.length < MAX_WARNINGS) result.warnings.push({ index, ...warning })
  }
  const reject = (index: number, code: string, message: string): void => {
    const line = request.lines?.[index]
    result.rejected.push({ index, code, message, ...(line === undefined ? {} : { line }) })
  }

  for (const [index, sent] of request.events.entries()) {
    // Large batches give way to other requests now and then.
    if (index % EVENTS_PER_TURN === EVENTS_PER_TURN - 1) await new Promise((resolve) => setImmediate(resolve))
    const late = validateLateOutcome(sent)
    if (late?.ok) {
      warn(index, warnOfUnknownFields(late.late.unknownFields))
      attempts.push(prepareLateOutcome(late.late, source))
      indexes.push(index)
      continue
    }
    const validation = late ?? validateEvent(sent, limits)
    if (!validation.ok || !isJsonObject(sent)) {
      reject(index, 'invalid_event', validation.ok ? 'An event must be a JSON object.' : validation.message)
      continue
    }
    const attempt = prepareEvent(sent, validation.event, source)
    const inspected = inspectAttempt(attempt)
    warn(index, inspected.warnings)
    findings.push(...inspected.findings)
    attempts.push(attempt)
    indexes.push(index)
  }

  const bytes = request.bytes ?? request.events.length * BYTES_PER_EVENT
  const decisions = await state().queue.submit({ attempts, findings }, bytes)
  for (const [position, decision] of decisions.entries()) {
    const index = indexes[position] ?? 0
    if (decision.status === 'rejected') {
      reject(index, decision.code, decision.message)
      continue
    }
    if (decision.status === 'accepted') result.accepted += 1
    else result.duplicates += 1
    warn(index, decision.warnings)
  }
  result.rejected.sort((a, b) => a.index - b.index)
  countEvents({ accepted: result.accepted, duplicates: result.duplicates, rejected: result.rejected.length })
  return result
}

/** Events that wait for a commit of this process. */
export function countWaitingEvents(): number {
  return state().queue.countWaiting()
}

/** Before the process ends: takes no more events and waits until those taken are stored. False when time ran out. */
export async function drainIngest(timeoutMs: number): Promise<boolean> {
  return await state().queue.drain(timeoutMs)
}
