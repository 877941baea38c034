import { z } from 'zod'
import { COST_VIEWS } from '@/lib/fixed-costs/cost-view'

/** One value of a row: decimal string, milliseconds, name, flag, or null where there is nothing to say. */
const cell = z.union([z.string(), z.number(), z.boolean()]).nullable()
export type Cell = z.output<typeof cell>

const cells = z.record(z.string(), cell)
const row = z.record(z.string(), z.union([cell, cells]))
/** A row: its dimensions, its measures, and `previous` with the measures of the other window. */
export type ResultRow = z.output<typeof row>

const instants = z.object({ from: z.string(), to: z.string() })

/** What a question was answered with; also how the browser parses an answer. */
export const queryResultSchema = z.object({
  rows: z.array(row),
  totals: row,
  meta: z.object({
    from: z.string(),
    to: z.string(),
    timeZone: z.string(),
    currency: z.string(),
    granularity: z.string(),
    scope: z.object({
      workspaces: z.array(z.string()),
      environments: z.array(z.string()).nullable(),
      dataModes: z.array(z.string()).nullable(),
    }),
    compare: instants.nullable(),
    /** The scenario under which all of it was answered, both windows of a comparison included; null: as it was. */
    scenario: z.object({ id: z.number(), name: z.string() }).nullable(),
    /** Start of the bucket that is still filling, when time is a dimension. */
    unfinishedBucket: z.string().nullable(),
    dataVersion: z.string(),
    /** When the newest event of these workspaces was received; null while there is none. */
    freshness: z.string().nullable(),
    unpricedTokens: z.string(),
    unpricedAttempts: z.string(),
    /**
     * What was read. `rollup`: rollups. `mixed`: rollups, and attempts for days that are being written. `attempts`:
     * attempts, since no day was clean. `raw`: attempts, since no rollup can tell.
     */
    source: z.enum(['rollup', 'mixed', 'attempts', 'raw']),
    /** True where rows may add up to more than the total, because a request counts in each row that it touched. */
    rowsOverlap: z.boolean(),
    /** How spend is read, where it is not by usage alone. */
    costView: z.enum(COST_VIEWS).optional(),
    /** Of the spend in the totals, fixed cost that no usage bears; only where spend has fixed costs in it. */
    idleFixedCost: z.string().optional(),
    /** How percentiles were made; null when none was asked for. */
    quantiles: z.string().nullable(),
  }),
})
export type QueryResult = z.output<typeof queryResultSchema>
export type QueryMeta = QueryResult['meta']

/** A row's value under a measure or dimension. */
export function cellOf(source: ResultRow, name: string): Cell {
  const found = source[name]
  return found === undefined || (typeof found === 'object' && found !== null) ? null : found
}

/** A row's value under a measure in the window compared with; undefined when nothing was compared. */
export function previousCellOf(source: ResultRow, name: string): Cell | undefined {
  const previous = source.previous
  if (typeof previous !== 'object' || previous === null) return undefined
  return previous[name] ?? null
}
