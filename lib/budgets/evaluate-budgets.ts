import 'server-only'
import { randomUUID } from 'node:crypto'
import {
  type BudgetEvaluationRow,
  listEvaluations,
  listFiringArchivedBudgets,
  listThresholdStates,
  markUnavailable,
  saveEvaluation,
  saveThresholdStates,
} from '@/db/postgres/queries/budgets'
import { releaseLease, renewLease, takeLease } from '@/db/postgres/queries/leases'
import { listWorkspaces, type WorkspaceRow } from '@/db/postgres/queries/workspaces'
import type { AlertFacts, AlertSeverity } from '@/lib/alerts/alert-facts'
import type { AlertDraft, AlertSink } from '@/lib/alerts/alert-sink'
import type { Budget, BudgetThreshold } from '@/lib/budgets/budget'
import { CLOSING_MS, periodAt, periodsBefore } from '@/lib/budgets/budget-period'
import { decideThresholds, type ThresholdEffect } from '@/lib/budgets/decide-thresholds'
import { revisionFacts, thresholdFacts } from '@/lib/budgets/describe-budget'
import { listBudgetsInForce } from '@/lib/budgets/list-budgets'
import {
  type BudgetStatus,
  calendarOf,
  readBudgetStatus,
  readingOf,
  readPeriodSpends,
} from '@/lib/budgets/read-budget-status'
import { readDrivers, topDrivers } from '@/lib/budgets/read-drivers'
import { formatDifference, formatMoney } from '@/lib/format'
import { log } from '@/lib/log'
import { readActivity } from '@/lib/metrics/read-activity'
import { type Scope, scopeForWorkspace } from '@/lib/metrics/scope'
import { compareDecimals, trimDecimal } from '@/lib/money'
import type { Range } from '@/lib/time'

const LEASE = 'budget-evaluation'
const LEASE_MS = 60_000
/** Budgets that are looked at together. */
const AT_ONCE = 4

/** A budget whose workspace got no event is looked at again after this: time moves its forecast. */
const UNCHANGED_MS = 60_000
/** Closed periods that late events may revise. */
const REVISED_PERIODS = 40
/** How long what is told of a revision stays open: nothing recovers from it. */
const REVISION_OPEN_MS = 24 * 3_600_000
const DRIVERS_TOLD = 3

/** Budgets of this process that could not be evaluated when last tried. */
const complained = new Set<number>()

type Run = { scope: Scope; workspace: WorkspaceRow; sink: AlertSink; now: Date }

/**
 * Evaluates all budgets once: closes periods that are over, notices closed ones that were revised, moves the thresholds of
 * the open period, and tells `sink` what fires, changes and ends. One process at a time does it; the others return at once.
 * A budget that cannot be read is marked so and logged, and the others go on. What was told and not yet stored when a
 * process ends is told again under the same key.
 * @throws AppError `unavailable` when Postgres does not answer.
 */
export async function evaluateBudgets(now: Date, sink: AlertSink): Promise<void> {
  // A holder for each call: two calls of one process do not both have the lease.
  const holder = randomUUID()
  if (!(await takeLease(LEASE, holder, LEASE_MS))) return
  try {
    const [budgets, workspaces] = await Promise.all([listBudgetsInForce(), listWorkspaces()])
    for (const workspace of workspaces) {
      const own = budgets.filter(({ workspaceId }) => workspaceId === workspace.id)
      if (own.length === 0) continue
      const run = { scope: await scopeForWorkspace(workspace), workspace, sink, now }
      const dataVersion = await readDataVersion(run)
      for (let index = 0; index < own.length; index += AT_ONCE) {
        if (!(await renewLease(LEASE, holder, LEASE_MS))) return
        await Promise.all(own.slice(index, index + AT_ONCE).map((budget) => evaluateOrMark(budget, dataVersion, run)))
      }
    }
    await endArchived(sink, now)
  } finally {
    await releaseLease(LEASE, holder)
  }
}

/** Null when the ledger does not answer: each budget then says so itself. */
async function readDataVersion({ workspace }: Run): Promise<string | null> {
  try {
    return (await readActivity([workspace.id])).dataVersion
  } catch (error) {
    log.warn({ err: error, workspace: workspace.slug }, 'The ledger could not be read; budgets wait for it')
    return null
  }
}

async function evaluateOrMark(budget: Budget, dataVersion: string | null, run: Run): Promise<void> {
  try {
    const stored = await listEvaluations(budget.id, REVISED_PERIODS)
    const evaluations = stored.filter((row) => isOfItsPeriods(budget, row, run))
    if (isFresh(budget, evaluations[0], dataVersion, run.now)) return
    await leavePeriods(
      budget,
      stored.filter((row) => !evaluations.includes(row)),
      run,
    )
    await closePeriods(budget, evaluations, run)
    await evaluateOpen(budget, evaluations, run)
    complained.delete(budget.id)
  } catch (error) {
    await markUnavailable(budget.id, periodAt(budget, run.now, calendarOf(run.scope)).from)
    // Its state says so; the log says it once, not at every turn.
    if (complained.has(budget.id)) return
    complained.add(budget.id)
    log.warn({ err: error, workspace: run.workspace.slug, budget: budget.id }, 'A budget could not be evaluated')
  }
}

/** Whether a period is still one of the budget's: its kind of period and the zone can be changed. */
function isOfItsPeriods(budget: Budget, { periodStart, periodEnd }: BudgetEvaluationRow, { scope }: Run): boolean {
  const { from, to } = periodAt(budget, periodStart, calendarOf(scope))
  return from.getTime() === periodStart.getTime() && to.getTime() === periodEnd.getTime()
}

/** Ends what fires in periods that the budget no longer has. They are looked at no more. */
async function leavePeriods(budget: Budget, rows: readonly BudgetEvaluationRow[], run: Run): Promise<void> {
  for (const { id: _, ...row } of rows) {
    if (row.closedAt !== null) continue
    await endPeriod(budget, row.periodStart, 'The periods of the budget were changed.', run)
    await saveEvaluation({ ...row, closedAt: run.now, closedSpend: row.spend })
  }
}

/** Nothing has changed since the last evaluation, and it is not long ago. */
function isFresh(
  budget: Budget,
  last: BudgetEvaluationRow | undefined,
  dataVersion: string | null,
  now: Date,
): boolean {
  if (!last || last.dataState === 'unavailable' || last.dataVersion !== dataVersion) return false
  if (budget.updatedAt > last.evaluatedAt || now >= last.periodEnd) return false
  const age = now.getTime() - last.evaluatedAt.getTime()
  return age >= 0 && age < UNCHANGED_MS
}

/** Closes what is over, periods included in which nothing was evaluated, and revises what was closed. */
async function closePeriods(budget: Budget, evaluations: readonly BudgetEvaluationRow[], run: Run): Promise<void> {
  const { scope, now } = run
  const over = evaluations.filter(({ periodEnd }) => periodEnd <= now)
  const unclosed = over
    .filter(({ closedAt }) => closedAt === null)
    .map(({ periodStart, periodEnd }) => ({ from: periodStart, to: periodEnd }))
  for (const period of [...unclosed, ...missedPeriods(budget, evaluations[0], run)]) {
    const status = await readBudgetStatus(budget, scope, now, period)
    const last = evaluations.find(({ periodStart }) => periodStart.getTime() === period.from.getTime())
    await moveThresholds(status, last, run)
    const closes = now.getTime() >= period.to.getTime() + CLOSING_MS
    await saveEvaluation({ ...rowOf(status, now), ...(closes ? { closedAt: now, closedSpend: status.spend } : {}) })
    if (closes) await endPeriod(budget, period.from, 'The period is over.', run)
  }
  const closed = over.filter((row) => row.closedAt !== null)
  const oldest = closed.at(-1)
  const newest = closed[0]
  if (!oldest || !newest) return
  const spends = await readPeriodSpends(budget, { from: oldest.periodStart, to: newest.periodEnd }, scope, now)
  for (const row of closed) {
    await endRevision(budget, row, run)
    const found = spends.find(({ from }) => from.getTime() === row.periodStart.getTime())
    if (found) await revise(budget, row, found.spend, run)
  }
}

/** Periods between the newest that was evaluated and the one that is open: nothing ran then. Oldest first. */
function missedPeriods(budget: Budget, newest: BudgetEvaluationRow | undefined, { scope, now }: Run): Range[] {
  if (!newest) return []
  const calendar = calendarOf(scope)
  return periodsBefore(budget, periodAt(budget, now, calendar).from, REVISED_PERIODS, calendar)
    .filter(({ from }) => from >= newest.periodEnd)
    .toReversed()
}

const revisionKey = (budget: Budget, periodStart: Date): string =>
  `budget:${budget.id}:${periodStart.toISOString()}:revision:1`

/** Ends what was told of a revision after a day. */
async function endRevision(
  budget: Budget,
  { id: _, ...row }: BudgetEvaluationRow,
  { sink, workspace, now }: Run,
): Promise<void> {
  const { periodStart, revisedAt, evaluatedAt } = row
  if (revisedAt === null) return
  const endMs = revisedAt.getTime() + REVISION_OPEN_MS
  if (now.getTime() < endMs || evaluatedAt.getTime() >= endMs) return
  await sink.resolve(workspace.id, revisionKey(budget, periodStart), 'It was told of a day ago.', now)
  await saveEvaluation({ ...row, evaluatedAt: now })
}

/** Late events are told of once for a period; later ones only move its figure. */
async function revise(budget: Budget, row: BudgetEvaluationRow, spend: string, run: Run): Promise<void> {
  const { sink, workspace, now } = run
  if (compareDecimals(spend, row.spend) === 0) return
  const key = revisionKey(budget, row.periodStart)
  const facts = revisionFacts(
    {
      budget,
      period: { from: row.periodStart, to: row.periodEnd },
      amount: trimDecimal(row.amount),
      before: trimDecimal(row.closedSpend ?? row.spend),
      spend,
    },
    now,
    { workspace },
  )
  if (row.revisedAt === null) {
    await sink.raise(draftOf(budget, key, 'info', facts, run), now)
  } else {
    await sink.update(workspace.id, key, facts, now)
  }
  const { id: _, ...stored } = row
  await saveEvaluation({ ...stored, spend, revisedAt: row.revisedAt ?? now, evaluatedAt: now })
}

async function evaluateOpen(budget: Budget, evaluations: readonly BudgetEvaluationRow[], run: Run): Promise<void> {
  const { scope, now } = run
  const period = periodAt(budget, now, calendarOf(scope))
  if (now < period.from) return
  const known = evaluations.find(({ periodStart }) => periodStart.getTime() === period.from.getTime())
  // A custom period that is over is closed above, once it has been evaluated at all.
  if (now >= period.to && known) return
  const status = await readBudgetStatus(budget, scope, now, period)
  await moveThresholds(status, known, run)
  // A period that was left and is the budget's again is open.
  await saveEvaluation({ ...rowOf(status, now), closedAt: null, closedSpend: null })
}

function rowOf(status: BudgetStatus, now: Date) {
  return {
    budgetId: status.budget.id,
    periodStart: status.period.from,
    periodEnd: status.period.to,
    dataState: status.dataState,
    amount: status.amount,
    spend: status.spend,
    imputedLow: status.imputed.low,
    imputedHigh: status.imputed.high,
    forecast: status.forecast?.expected ?? null,
    forecastLow: status.forecast?.low ?? null,
    forecastHigh: status.forecast?.high ?? null,
    dataVersion: status.dataVersion,
    evaluatedAt: now,
  }
}

/** One step of a period's thresholds: told first, stored then, so that an end in between tells again under the same key. */
async function moveThresholds(status: BudgetStatus, last: BudgetEvaluationRow | undefined, run: Run): Promise<void> {
  const { budget, period } = status
  const { now } = run
  const previous = await listThresholdStates(budget.id, period.from)
  const reading = { amount: status.amount, values: readingOf(status) }
  const { states, effects } = decideThresholds(budget, period.from, previous, reading, now)
  const told = effects.filter(({ kind }) => kind !== 'update' || !last || minuteOf(last.evaluatedAt) !== minuteOf(now))
  const drivers = told.some(({ kind }) => kind !== 'resolve') ? await tellDrivers(status, run) : []
  for (const effect of told) await tell(status, effect, drivers, run)
  await saveThresholdStates(states.map((state) => ({ ...state, budgetId: budget.id, periodStart: period.from })))
}

/** Open alerts are refreshed once a minute: each refresh asks what drives the spend. */
function minuteOf(at: Date): number {
  return Math.floor(at.getTime() / 60_000)
}

async function tell(
  status: BudgetStatus,
  effect: ThresholdEffect,
  drivers: AlertFacts['drivers'],
  run: Run,
): Promise<void> {
  const { sink, workspace, now } = run
  if (effect.kind === 'resolve') return sink.resolve(workspace.id, effect.key, effect.reason, now)
  const facts = thresholdFacts(status, effect, drivers, { workspace })
  if (effect.kind === 'update') return sink.update(workspace.id, effect.key, facts, now)
  await sink.raise(draftOf(status.budget, effect.key, severityOf(effect.threshold), facts, run), now)
}

async function tellDrivers({ budget, period }: BudgetStatus, run: Run): Promise<AlertFacts['drivers']> {
  const { currency } = run.workspace
  const drivers = await readDrivers(budget, period, DRIVERS_TOLD, run.scope, run.now)
  return topDrivers(drivers, DRIVERS_TOLD).map(({ dimension, name, spend, change }) => ({
    label: `${dimension} ${name ?? 'unattributed'}`,
    value: formatMoney(spend, currency),
    change: formatDifference(change, { kind: 'money', currency }),
  }))
}

function severityOf({ basis, percent }: BudgetThreshold): AlertSeverity {
  if (basis === 'forecast') return 'warning'
  if (percent >= 100) return 'critical'
  return percent >= 80 ? 'warning' : 'info'
}

function draftOf(
  budget: Budget,
  dedupKey: string,
  severity: AlertSeverity,
  facts: AlertFacts,
  { workspace }: Run,
): AlertDraft {
  return {
    workspaceId: workspace.id,
    dedupKey,
    source: 'budget',
    sourceId: budget.id,
    severity,
    facts,
    ownerId: budget.ownerId ?? workspace.budgetOwnerId,
    backupId: budget.backupId ?? workspace.backupOwnerId,
    escalationPathId: null,
  }
}

/** Ends what still fires in a period. */
async function endPeriod(
  budget: Pick<Budget, 'id'>,
  periodStart: Date | null,
  reason: string,
  { sink, workspace, now }: { sink: AlertSink; workspace: { id: number }; now: Date },
): Promise<void> {
  const states = await listThresholdStates(budget.id, periodStart ?? undefined)
  const open = states.filter(({ alertKey }) => alertKey !== null)
  for (const { alertKey } of open) {
    if (alertKey !== null) await sink.resolve(workspace.id, alertKey, reason, now)
  }
  await saveThresholdStates(open.map((state) => ({ ...state, alertKey: null })))
}

async function endArchived(sink: AlertSink, now: Date): Promise<void> {
  for (const { id, workspaceId } of await listFiringArchivedBudgets()) {
    await endPeriod({ id }, null, 'The budget was archived.', { sink, workspace: { id: workspaceId }, now })
  }
}
