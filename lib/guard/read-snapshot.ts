import 'server-only'
import { z } from 'zod'
import { listGuardBudgets, listOpenSwitches, readObserveOnly } from '@/db/postgres/queries/guard'
import { findWorkspace } from '@/db/postgres/queries/workspaces'
import { budget } from '@/lib/budgets/budget'
import type { GuardBudget, GuardSnapshot } from '@/lib/guard/decide-guard'
import { log } from '@/lib/log'
import { trimDecimal } from '@/lib/money'

/** A snapshot this old is read anew, beside the answer that it still gives. */
const FRESH_MS = 1_000
/** A snapshot this old is no longer believed: while Postgres is away for longer, everything is allowed. */
const BELIEVED_MS = 60_000
/** Workspaces of which nobody has asked for this long are forgotten. */
const IDLE_MS = 10 * 60_000
/** Evaluations are made every minute at the least; one this old says that they fail. */
const KNOWN_MS = 10 * 60_000
const READ_TIMEOUT_MS = 1_500

type Entry = {
  snapshot: GuardSnapshot | null
  readAtMs: number
  askedAtMs: number
  reading: Promise<void> | null
}

const entries = new Map<number, Entry>()

/**
 * What the guard of a workspace knows, from memory: at most about a second old while it is asked. Null when it is not
 * known, because the store has not answered for a minute or never has.
 */
export async function guardSnapshot(workspaceId: number): Promise<GuardSnapshot | null> {
  const nowMs = Date.now()
  forgetIdle(nowMs)
  const entry = entries.get(workspaceId) ?? {
    snapshot: null,
    readAtMs: Number.NEGATIVE_INFINITY,
    askedAtMs: nowMs,
    reading: null,
  }
  entries.set(workspaceId, entry)
  entry.askedAtMs = nowMs
  const ageMs = nowMs - entry.readAtMs
  if (ageMs > FRESH_MS) {
    entry.reading ??= refresh(workspaceId, entry)
    if (entry.snapshot === null || ageMs > BELIEVED_MS) await withinTime(entry.reading)
  }
  return Date.now() - entry.readAtMs <= BELIEVED_MS ? entry.snapshot : null
}

/** Reads a workspace anew at its next question: something about its guard was changed here. */
export function forgetSnapshot(workspaceId: number): void {
  entries.delete(workspaceId)
}

async function refresh(workspaceId: number, entry: Entry): Promise<void> {
  const startedMs = Date.now()
  try {
    entry.snapshot = await readSnapshot(workspaceId, new Date(startedMs))
    entry.readAtMs = startedMs
  } catch (error) {
    log.warn({ err: error, workspace: workspaceId }, 'The guard could not be read; it answers by what it last knew')
  } finally {
    entry.reading = null
  }
}

async function readSnapshot(workspaceId: number, now: Date): Promise<GuardSnapshot> {
  const [workspace, observeOnly, rows, switches] = await Promise.all([
    findWorkspace(workspaceId),
    readObserveOnly(workspaceId),
    listGuardBudgets(workspaceId, now),
    listOpenSwitches(workspaceId, now),
  ])
  const defaults = { environment: workspace?.defaultEnvironments ?? [], dataMode: workspace?.defaultDataModes ?? [] }
  return { observeOnly, defaults, budgets: rows.flatMap((row) => toGuardBudget(row, now) ?? []), switches }
}

/**
 * Null for a budget that has not been evaluated in this period, or not for ten minutes (the evaluations stand still, or
 * what they ask does not answer): nothing is known of it, so nothing is said.
 */
export function toGuardBudget(
  row: Awaited<ReturnType<typeof listGuardBudgets>>[number],
  now: Date,
): GuardBudget | null {
  const { evaluation } = row
  if (evaluation === null || now.getTime() - evaluation.evaluatedAt.getTime() > KNOWN_MS) return null
  return {
    budget: z.parse(budget, row.budget),
    amount: trimDecimal(evaluation.amount),
    spend: trimDecimal(evaluation.spend),
    imputedHigh: trimDecimal(evaluation.imputedHigh),
    periodEnd: evaluation.periodEnd,
    evaluatedAt: evaluation.evaluatedAt,
  }
}

async function withinTime(work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, READ_TIMEOUT_MS)
  })
  await Promise.race([work, timeout])
  clearTimeout(timer)
}

function forgetIdle(nowMs: number): void {
  for (const [workspaceId, { askedAtMs }] of entries) if (nowMs - askedAtMs > IDLE_MS) entries.delete(workspaceId)
}
