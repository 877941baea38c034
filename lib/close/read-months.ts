import 'server-only'
import { compareClosedAttempts, findFirstAttempt } from '@/db/clickhouse/statements/closed-attempts'
import {
  type ClosedMonthRow,
  findClosedMonthRow,
  listClosedMonthLines,
  listClosedMonthRows,
} from '@/db/postgres/queries/closed-months'
import { listContracts } from '@/db/postgres/queries/contract-prices'
import type { Membership } from '@/lib/auth/workspace-access'
import {
  explainDifference,
  explainLines,
  isSameSum,
  type LineKey,
  lineId,
  type Move,
} from '@/lib/close/explain-difference'
import { type Figures, readFigures } from '@/lib/close/figures'
import { listMonths, monthOf, monthOfRange, monthRange } from '@/lib/close/month'
import { type MonthScope, monthAttempts, monthQuestion } from '@/lib/close/month-question'
import { findRateChanges } from '@/lib/close/rate-changes'
import { AppError } from '@/lib/errors'
import type { Scope, ScopeWorkspace } from '@/lib/metrics/plan'
import { parseQuery } from '@/lib/metrics/query-schema'
import { cellOf } from '@/lib/metrics/result'
import { runQuery } from '@/lib/metrics/run'
import { scopeForWorkspace } from '@/lib/metrics/scope'
import { subtractDecimals, trimDecimal } from '@/lib/money'
import type { Range } from '@/lib/time'

type Workspace = Membership['workspace']
type ScopedWorkspace = Pick<ScopeWorkspace, 'id' | 'timeZone' | 'defaultEnvironments' | 'defaultDataModes'>

/** A month as it was booked; immutable. */
export type ClosedMonth = ClosedMonthRow

export type ListedMonth = {
  /** `2026-10` */
  month: string
  range: Range
  /** `running`: it has not ended. */
  state: 'running' | 'open' | 'closed'
  today: Figures
  booked: ClosedMonth | null
  /** Spend today − booked; null while the month is not closed. */
  difference: string | null
}

/**
 * The months of a workspace's zone that hold attempts of its default scope, the running one, and those that are closed,
 * latest first.
 * @throws AppError `unavailable` when a store does not answer.
 */
export async function readMonths(workspace: Workspace, now: Date): Promise<ListedMonth[]> {
  const { timeZone } = workspace
  const [closed, first, scope] = await Promise.all([
    listClosedMonthRows(workspace.id),
    findFirstAttempt(workspace.id),
    scopeForWorkspace(workspace),
  ])
  const from = first !== null && first < now ? first : now
  const asked = await readByMonth(scope, monthRange(monthOf(from, timeZone), timeZone).from, now)
  const listed = await Promise.all(
    [...new Set([...listMonths(from, now, timeZone), ...closed.map(({ month }) => month)])].map(
      async (month): Promise<ListedMonth[]> => {
        const booked = closed.find((each) => each.month === month) ?? null
        if (booked) {
          const today =
            (isAskedAlike(booked, workspace) && asked.get(month)) || (await readTotals(scopeOf(booked), scope, now))
          return [
            {
              month,
              range: scopeOf(booked).range,
              state: 'closed',
              today,
              booked,
              difference: trimDecimal(subtractDecimals(today.spend ?? '0', booked.spend ?? '0')),
            },
          ]
        }
        const range = monthRange(month, timeZone)
        const today = asked.get(month)
        const isRunning = range.to > now
        if (!today || (today.attempts === '0' && !isRunning)) return []
        return [{ month, range, state: isRunning ? 'running' : 'open', today, booked: null, difference: null }]
      },
    ),
  )
  return listed.flat().sort((a, b) => b.range.from.getTime() - a.range.from.getTime())
}

function scopeOf({ startsAt, endsAt, timeZone, environments, dataModes }: ClosedMonth): MonthScope {
  return { range: { from: startsAt, to: endsAt }, timeZone, environments, dataModes }
}

/** Whether the workspace's present zone and default scope are those that a month was closed in. */
function isAskedAlike(booked: ClosedMonth, workspace: ScopedWorkspace): boolean {
  const same = (a: readonly string[], b: readonly string[]) => [...a].sort().join() === [...b].sort().join()
  return (
    booked.timeZone === workspace.timeZone &&
    same(booked.environments, workspace.defaultEnvironments) &&
    same(booked.dataModes, workspace.defaultDataModes)
  )
}

async function readByMonth(scope: Scope, from: Date, now: Date): Promise<Map<string, Figures>> {
  const { timeZone } = scope.workspaces[0]
  const { to } = monthRange(monthOf(now, timeZone), timeZone)
  const { measures } = monthQuestion({ range: { from, to }, timeZone, environments: ['*'], dataModes: ['*'] }, [])
  const query = parseQuery({
    measures,
    dimensions: ['time'],
    granularity: 'month',
    from: from.toISOString(),
    to: to.toISOString(),
    timeZone,
  })
  const { rows } = await runQuery(query, scope, now)
  return new Map(rows.map((row) => [String(cellOf(row, 'time')).slice(0, 7), readFigures(row)]))
}

async function readTotals(month: MonthScope, scope: Scope, now: Date): Promise<Figures> {
  return readFigures((await runQuery(monthQuestion(month, []), scope, now)).totals)
}

/** A line of a closed month: what was booked, what it is today (null where one of them has no such line), and why. */
export type ComparedLine = LineKey & {
  booked: Figures | null
  today: Figures | null
  explanation: ReturnType<typeof explainDifference>
}

export type ComparedMonth = {
  closed: ClosedMonth
  booked: Figures
  today: Figures
  explanation: ReturnType<typeof explainDifference>
  /** By booked spend, the dearest first; then what is only there today. */
  lines: ComparedLine[]
}

/** Writes between two statements make it another try. */
const TRIES = 3

/**
 * A closed month beside the ledger of today, with the causes of every difference; null while it is open.
 * @throws AppError `conflict` while the month is being written to all the time; `unavailable` when a store does not answer.
 */
export async function compareMonth(workspace: Workspace, month: string, now: Date): Promise<ComparedMonth | null> {
  const closed = await findClosedMonth(workspace, month)
  if (!closed) return null
  const [scope, bookedLines] = await Promise.all([scopeForWorkspace(workspace), listClosedMonthLines(closed.id)])
  const monthScope = scopeOf(closed)
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const [{ totals, rows }, moves] = await Promise.all([
      runQuery(monthQuestion(monthScope, ['provider', 'model', 'endpoint']), scope, now),
      readMoves(closed, monthScope, scope, now),
    ])
    const today = readFigures(totals)
    const explanation = explainDifference(moves)
    requireKept(closed, explanation.booked)
    if (!isSameSum(today, explanation.today)) continue
    const todayLines = rows.map((row) => ({
      provider: String(cellOf(row, 'provider') ?? ''),
      model: String(cellOf(row, 'model') ?? ''),
      endpoint: cellOf(row, 'endpoint') === null ? null : String(cellOf(row, 'endpoint')),
      figures: readFigures(row),
    }))
    const explained = new Map(explainLines(moves).map((line) => [lineId(line), line]))
    const todayById = new Map(todayLines.map((line) => [lineId(line), line]))
    const bookedIds = new Set(bookedLines.map(lineId))
    const keys: (LineKey & { booked: Figures | null })[] = [
      ...bookedLines.map((line) => ({ ...pickKey(line), booked: pickFigures(line) })),
      ...todayLines.filter((line) => !bookedIds.has(lineId(line))).map((line) => ({ ...pickKey(line), booked: null })),
    ]
    return {
      closed,
      booked: pickFigures(closed),
      today,
      explanation,
      lines: keys.map((line) => ({
        ...line,
        today: todayById.get(lineId(line))?.figures ?? null,
        explanation: explained.get(lineId(line)) ?? explainDifference([]),
      })),
    }
  }
  throw new AppError('conflict', 'Events of this month are being received right now. Try again in a moment.')
}

function pickKey({ provider, model, endpoint }: LineKey): LineKey {
  return { provider, model, endpoint }
}

/** The figures of a stored row, in the digits of the API. */
function pickFigures(row: Figures): Figures {
  const { spend, requests, attempts, inputTokens, outputTokens, totalTokens, unpricedTokens, pricingCoverage } = row
  return {
    spend: spend === null ? null : trimDecimal(spend),
    requests,
    attempts,
    inputTokens,
    outputTokens,
    totalTokens,
    unpricedTokens,
    pricingCoverage: pricingCoverage === null ? null : trimDecimal(pricingCoverage),
  }
}

async function readMoves(closed: ClosedMonth, month: MonthScope, scope: Scope, now: Date): Promise<Move[]> {
  const [attempts, contracts] = await Promise.all([monthAttempts(month, scope, now), listContracts(closed.workspaceId)])
  const rateChanges = findRateChanges(contracts)
  const rows = await compareClosedAttempts(closed.workspaceId, closed.snapshotId, attempts, rateChanges)
  return rows.map((row) => ({
    provider: row.provider,
    model: row.model,
    endpoint: row.endpoint || null,
    cause: row.cause,
    booked: { spend: row.booked_spend, attempts: row.booked_attempts, tokens: row.booked_tokens },
    today: { spend: row.today_spend, attempts: row.today_attempts, tokens: row.today_tokens },
  }))
}

/** What was kept attempt by attempt must still add up to what was booked, or its loss would be explained as something else. */
function requireKept(closed: ClosedMonth, kept: { spend: string | null; attempts: string }): void {
  if (isSameSum(closed, kept)) return
  throw new AppError(
    'unavailable',
    'The attempts that this month was closed with are not all in ClickHouse. Its booked figures stand; restore the table closed_attempts to see why they differ.',
  )
}

/**
 * A closed month by its name; null while it is open.
 * @throws AppError `unavailable` when Postgres does not answer.
 */
export async function findClosedMonth(workspace: Pick<Workspace, 'id'>, month: string): Promise<ClosedMonth | null> {
  return await findClosedMonthRow(workspace.id, month)
}

/**
 * What was booked for a range of the workspace's zone in its default scope; null where the range is no closed month.
 * @throws AppError `unavailable` when Postgres does not answer.
 */
export async function findBooked(workspace: ScopedWorkspace, range: Range): Promise<ClosedMonth | null> {
  const month = monthOfRange(range, workspace.timeZone)
  const closed = month && (await findClosedMonthRow(workspace.id, month))
  return closed && isAskedAlike(closed, workspace) ? closed : null
}
