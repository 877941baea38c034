import 'server-only'
import type { Budget } from '@/lib/budgets/budget'
import { calendarOf } from '@/lib/budgets/read-budget-status'
import type { Scope } from '@/lib/metrics/plan'
import { parseQuery } from '@/lib/metrics/query-schema'
import { cellOf, previousCellOf } from '@/lib/metrics/result'
import { runQuery } from '@/lib/metrics/run'
import { compareDecimals, divideDecimals, ExactDecimal, subtractDecimals } from '@/lib/money'
import { previousWindow, type Range } from '@/lib/time'

/** What budgets are broken down by to say what drives them. */
export const DRIVER_DIMENSIONS = ['endpoint', 'user', 'model'] as const
export type DriverDimension = (typeof DRIVER_DIMENSIONS)[number]

/** Rows that are ranked by their change; the dearest of a window. */
const CANDIDATES = 200

/** Something whose spend changed against the like period before. USD; `name` null is unattributed. */
export type Driver = {
  dimension: DriverDimension
  name: string | null
  spend: string
  previous: string
  change: string
  /** Its change ÷ the change of all; null when all together did not change. */
  shareOfChange: string | null
}

/** Drivers by dimension, the largest change first, and the windows that were compared. */
export type Drivers = {
  byDimension: Record<DriverDimension, Driver[]>
  compared: { from: string; to: string } | null
}

/**
 * What moved a budget's spend in a period against the period before it, cut at the same point while it is not over.
 * @throws AppError as `runQuery`.
 */
export async function readDrivers(
  budget: Budget,
  period: Range,
  limit: number,
  scope: Scope,
  now: Date,
): Promise<Drivers> {
  // Only the period before is cut: what arrived since `now` counts in the budget's spend, so it counts in what moved it.
  const { previous } = previousWindow(period, now, calendarOf(scope))
  const answers = await Promise.all(
    DRIVER_DIMENSIONS.map((dimension) =>
      runQuery(
        parseQuery({
          measures: ['spend'],
          dimensions: [dimension],
          from: period.from.toISOString(),
          to: period.to.toISOString(),
          timeZone: calendarOf(scope).timeZone,
          compare: { from: previous.from.toISOString(), to: previous.to.toISOString() },
          limit: CANDIDATES,
          filters: budget.filters,
        }),
        scope,
        now,
      ),
    ),
  )
  const drivers = answers.map(({ rows, totals }, index) => {
    const dimension = DRIVER_DIMENSIONS[index] ?? 'endpoint'
    const total = subtractDecimals(text(cellOf(totals, 'spend')) ?? '0', text(previousCellOf(totals, 'spend')) ?? '0')
    return rows
      .map((row): Driver => {
        const spend = text(cellOf(row, 'spend')) ?? '0'
        const previous = text(previousCellOf(row, 'spend')) ?? '0'
        const change = subtractDecimals(spend, previous)
        const name = text(cellOf(row, dimension))
        return { dimension, name, spend, previous, change, shareOfChange: divideDecimals(change, total) }
      })
      .filter(({ change }) => compareDecimals(change, '0') !== 0)
      .sort((a, b) => new ExactDecimal(b.change).abs().comparedTo(new ExactDecimal(a.change).abs()))
      .slice(0, limit)
  })
  const [endpoint = [], user = [], model = []] = drivers
  return { byDimension: { endpoint, user, model }, compared: answers[0]?.meta.compare ?? null }
}

/** The largest rises whatever they are of: at most one of each dimension first, then by size. */
export function topDrivers({ byDimension }: Drivers, count: number): Driver[] {
  const rises = DRIVER_DIMENSIONS.map((dimension) =>
    byDimension[dimension].filter(({ change, name }) => name !== null && compareDecimals(change, '0') > 0),
  )
  const first = rises.flatMap(([largest]) => (largest ? [largest] : []))
  const rest = rises.flatMap((each) => each.slice(1)).sort((a, b) => compareDecimals(b.change, a.change))
  return [...first.sort((a, b) => compareDecimals(b.change, a.change)), ...rest].slice(0, count)
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}
