import 'server-only'
import { randomUUID } from 'node:crypto'
import { queryRows } from '@/db/clickhouse/client'
import {
  countRenamedRequests,
  countUnstamped,
  insertRestamped,
  listRenamedRequests,
  type Restamp,
  type RestampStep,
  unstampedOf,
} from '@/db/clickhouse/statements/restamp-attempts'
import { markStoredAttempts } from '@/db/clickhouse/statements/slot-marks'
import { releaseLease, renewLease, takeLease } from '@/db/postgres/queries/leases'
import { findOpenPriceChanges, notePass, type PriceChangeRow } from '@/db/postgres/queries/price-changes'
import { AppError } from '@/lib/errors'
import { reclassifyRequests } from '@/lib/events/commit-batch'
import { MARK_COVERS_MS } from '@/lib/ledger/mark-slots'
import { log } from '@/lib/log'
import { OPEN_PRICE_CHANGES_SQL, type OpenPriceChange, openPriceChangeRow } from '@/lib/pricing/open-price-change'
import { pricedAttempts, repricedColumns } from '@/lib/pricing/price-sql'
import { closePriceChanges, publishPriceChanges, SETTLE_MS } from '@/lib/pricing/publish-price-changes'

const LEASE = 'price-restamp'
const LEASE_MS = 120_000
const LOOP_MS = 2_000
const GROUPS_PER_STATEMENT = 20
/** Most and fewest attempts that one step stamps; steps become smaller where the engine is slow. */
const STEP = { most: 64_000, fewest: 1_000 } as const
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const REQUESTS_PER_STEP = 2_000
/** Partitions begin on Mondays; the epoch was a Thursday. */
const WEEK_MS = 7 * 24 * HOUR_MS
const MONDAY_MS = 4 * 24 * HOUR_MS

const holder = randomUUID()

let attemptsPerStep: number = STEP.most

export type RestampResult = {
  /** False when another process is at it. */
  isHolder: boolean
  /** Attempts that differed at the beginning of the pass. */
  restamped: number
  /** Attempts whose place within their request was another, after attempts of it were renamed. */
  reclassified: number
  closed: number
}

/** Changes that bear on each other: of models and names that have one in common. */
type Group = { keys: ReadonlySet<string>; changes: PriceChangeRow[] }

/**
 * One pass: stamps the attempts that open changes touch and whose stored price is another, and closes the changes that
 * nothing can come for any more. Others write meanwhile: a process that has not heard of a change yet, or one that writes
 * back a row it read before this pass stamped it. Each is done within `settleMs`, so a change is closed by a pass that
 * begins that long after the change was published and after the last pass over it, and finds nothing to do. Changes of a
 * model, and of what a name stands for, are closed in their order, since the newest says the price and the name for the
 * older ones. Requests of renamed attempts are classified again, whether or not this pass renamed them. Killed anywhere,
 * the next pass goes on; one process at a time holds the lease, and two at once would only write the same rows twice.
 * @throws AppError `unavailable` when a store does not answer.
 */
export async function restampOpenChanges(settleMs: number = SETTLE_MS): Promise<RestampResult> {
  const result: RestampResult = {
    isHolder: await takeLease(LEASE, holder, LEASE_MS),
    restamped: 0,
    reclassified: 0,
    closed: 0,
  }
  if (!result.isHolder) return result
  try {
    await publishPriceChanges(settleMs)
    const { now, changes } = await findOpenPriceChanges('published')
    const settledMs = now.getTime() - settleMs
    const due = groupChanges(changes).filter((group) => group.changes.some((change) => isDue(change, settledMs)))
    for (let at = 0; at < due.length; at += GROUPS_PER_STATEMENT) {
      const groups = due.slice(at, at + GROUPS_PER_STATEMENT)
      const { found, reclassified } = await restampGroups(groups)
      result.reclassified += reclassified
      for (const { keys, changes: ofGroup } of groups) {
        const attempts = [...keys].reduce((sum, key) => sum + (found.get(key) ?? 0), 0)
        result.restamped += attempts
        const hasChanged = attempts > 0 || (reclassified > 0 && ofGroup.some(({ rawModel }) => rawModel !== null))
        const closable = hasChanged ? [] : takeWhile(ofGroup, (change) => isSettled(change, settledMs))
        await closePriceChanges(closable)
        result.closed += closable.length
        await notePass(ofGroup.filter((change) => hasChanged || change.lastPassAt === null).map(({ id }) => id))
      }
    }
  } finally {
    await releaseLease(LEASE, holder)
  }
  return result
}

function groupChanges(changes: readonly PriceChangeRow[]): Group[] {
  const groupOf = new Map<string, { keys: Set<string>; changes: PriceChangeRow[] }>()
  for (const change of changes) {
    const { rawProvider, rawModel } = change
    const keys = [keyOf(change), ...(rawModel === null ? [] : [JSON.stringify([null, rawProvider, rawModel])])]
    const met = [...new Set(keys.flatMap((key) => groupOf.get(key) ?? []))]
    const merged = {
      keys: new Set([...met.flatMap((group) => [...group.keys]), ...keys]),
      changes: [...met.flatMap((group) => group.changes), change].sort((x, y) => x.id - y.id),
    }
    for (const key of merged.keys) groupOf.set(key, merged)
  }
  return [...new Set(groupOf.values())]
}

function keyOf({ provider, model }: { provider: string; model: string }): string {
  return JSON.stringify([provider, model])
}

function isDue(change: PriceChangeRow, settledMs: number): boolean {
  return change.lastPassAt === null || isSettled(change, settledMs)
}

function isSettled({ publishedAt, lastPassAt }: PriceChangeRow, settledMs: number): boolean {
  if (publishedAt === null || lastPassAt === null) return false
  return Math.max(publishedAt.getTime(), lastPassAt.getTime()) <= settledMs
}

function takeWhile<T>(items: readonly T[], accept: (item: T) => boolean): T[] {
  const end = items.findIndex((item) => !accept(item))
  return end === -1 ? [...items] : items.slice(0, end)
}

/** Stamps what differs of these models. @returns how many attempts did, by model, and how many were classified anew */
async function restampGroups(groups: readonly Group[]): Promise<{ found: Map<string, number>; reclassified: number }> {
  const keys = new Set(groups.flatMap((group) => [...group.keys]))
  const workspaces = groups.flatMap(({ changes }) => changes.map(({ workspaceId }) => workspaceId))
  const open = await queryRows(openPriceChangeRow, OPEN_PRICE_CHANGES_SQL, {
    role: 'write',
    params: { priceWorkspaces: [...new Set(workspaces)] },
  })
  const restamp = toRestamp(open.filter((change) => keys.has(keyOf(change))))
  const hours = await countUnstamped(restamp)
  for (const step of listSteps(hours)) {
    await keepLease()
    try {
      await takeStep(restamp, step)
    } catch (error) {
      attemptsPerStep = Math.max(STEP.fewest, Math.floor(attemptsPerStep / 4))
      throw error
    }
  }
  attemptsPerStep = Math.min(STEP.most, attemptsPerStep * 2)
  const found = new Map<string, number>()
  for (const hour of hours) found.set(keyOf(hour), (found.get(keyOf(hour)) ?? 0) + hour.attempts)
  return { found, reclassified: await reclassifyRenamed(restamp) }
}

async function keepLease(): Promise<void> {
  if (await renewLease(LEASE, holder, LEASE_MS)) return
  throw new AppError('conflict', 'Another process has taken over stamping prices.')
}

/** Classifies again the requests of attempts that may have been renamed: a retry may be a fallback now, or none. */
async function reclassifyRenamed(restamp: Restamp): Promise<number> {
  let written = 0
  for (const { fromMs } of await countRenamedRequests(restamp)) {
    const day = { fromMs, toMs: fromMs + DAY_MS }
    let last: { workspaceId: number; requestKey: string } | null = null
    do {
      await keepLease()
      const requests: { workspaceId: number; requestKey: string }[] = await listRenamedRequests(
        restamp,
        day,
        last,
        REQUESTS_PER_STEP,
      )
      written += await reclassifyRequests(requests)
      last = requests.length < REQUESTS_PER_STEP ? null : (requests.at(-1) ?? null)
    } while (last !== null)
  }
  return written
}

function toRestamp(changes: readonly OpenPriceChange[]): Restamp {
  const params: Record<string, unknown> = {}
  const columns = repricedColumns(changes, (type, value) => {
    const name = `price${Object.keys(params).length}`
    params[name] = value
    return `{${name}:${type}}`
  })
  return {
    from: (attempts) => pricedAttempts(columns, attempts),
    touched: columns.touched,
    renamed: columns.renamed,
    provider: columns.provider,
    model: columns.model,
    priced_cost: columns.pricedCost,
    model_known: columns.modelKnown,
    usage_known: columns.usageKnown,
    price_id: columns.priceId,
    unpriced_reason: columns.unpricedReason,
    params,
  }
}

/**
 * Spans of whole hours with about as many attempts as a step stamps, each within one partition; an hour with more is
 * stamped in several steps.
 */
function listSteps(hours: readonly { hour: number; attempts: number }[]): RestampStep[] {
  const chunks: { fromMs: number; toMs: number; attempts: number }[] = []
  for (const { hour, attempts } of hours) {
    const fromMs = hour * 1_000
    const last = chunks.at(-1)
    const isSameWeek = last && weekOf(last.fromMs) === weekOf(fromMs)
    if (last && (last.toMs > fromMs || (isSameWeek && last.attempts + attempts <= attemptsPerStep))) {
      last.toMs = fromMs + HOUR_MS
      last.attempts += attempts
    } else {
      chunks.push({ fromMs, toMs: fromMs + HOUR_MS, attempts })
    }
  }
  return chunks.flatMap(({ fromMs, toMs, attempts }) => {
    const parts = Math.ceil(attempts / attemptsPerStep)
    return Array.from({ length: parts }, (_, part) => ({ fromMs, toMs, parts, part }))
  })
}

function weekOf(atMs: number): number {
  return Math.floor((atMs - MONDAY_MS) / WEEK_MS)
}

async function takeStep(restamp: Restamp, step: RestampStep): Promise<void> {
  const where = unstampedOf(restamp, step)
  const startedMs = performance.now()
  await markStoredAttempts(where, restamp.params, restamp.from('attempts'))
  await insertRestamped(restamp, where)
  if (performance.now() - startedMs <= MARK_COVERS_MS) return
  const { fromMs, toMs } = step
  const touched = `ts >= fromUnixTimestamp64Milli(toInt64(${fromMs})) AND ts < fromUnixTimestamp64Milli(toInt64(${toMs}))`
  await markStoredAttempts(`${touched} AND (${restamp.touched})`, restamp.params)
}

/**
 * Looks every 2 seconds for changes of prices to publish, to stamp and to close; a failure is logged and the next turn
 * goes on.
 * @returns what stops it
 */
export function startRestamping(): () => void {
  let isRunning = false
  const turn = async () => {
    if (isRunning) return
    isRunning = true
    try {
      const { changes } = await findOpenPriceChanges('unpublished')
      const open = changes.length > 0 ? changes : (await findOpenPriceChanges('published')).changes
      if (open.length === 0) return
      const { restamped, reclassified, closed } = await restampOpenChanges()
      if (restamped > 0 || reclassified > 0 || closed > 0) {
        log.info({ restamped, reclassified, closed }, 'Stored prices and names have caught up')
      }
    } catch (error) {
      log.warn({ err: error }, 'Stored prices could not catch up; the next turn goes on')
    } finally {
      isRunning = false
    }
  }
  const timer = setInterval(turn, LOOP_MS)
  timer.unref()
  return () => clearInterval(timer)
}
