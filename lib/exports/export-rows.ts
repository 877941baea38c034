import 'server-only'
import type { CsvCell, CsvColumn } from '@/lib/exports/csv'
import { markScenario } from '@/lib/exports/mark-scenario'
import type { Scope } from '@/lib/metrics/plan'
import type { Query } from '@/lib/metrics/query-schema'
import { type MeasureName, measureOf } from '@/lib/metrics/registry'
import { type Cell, cellOf, previousCellOf, type ResultRow } from '@/lib/metrics/result'
import { streamQuery } from '@/lib/metrics/stream'

export type CsvExport = { columns: CsvColumn[]; records: AsyncIterable<CsvCell[]> }

/**
 * The rows of a question as a table: dimensions and measures under their API names and with their API digits, then
 * `<measure>.previous` where two windows were compared. The rest beyond a limit is the row `Other`; with `totals` the
 * last row is `Total`. Under a scenario the first column says its name; under a view with fixed costs one says which, and
 * what no usage bears is the row `Idle`. Beside money stands `unpricedTokens`, so that usage without a price is not taken
 * for free.
 * @throws AppError as `streamQuery`, here and while the records are read.
 */
export async function exportRows(
  asked: Query,
  scope: Scope,
  now: Date,
  options: { totals: boolean; signal?: AbortSignal },
): Promise<CsvExport> {
  const query = { ...asked, measures: withUnpricedTokens(asked.measures) }
  const stream = await streamQuery(query, scope, now, options.signal)
  const measures = [...query.measures]
  const { costView = 'usage' } = query
  const marks = costView === 'usage' ? [] : [costView]
  const columns: CsvColumn[] = [
    ...marks.map(() => ({ name: 'costView', kind: 'text' as const })),
    ...query.dimensions.map((name) => ({ name, kind: 'text' as const })),
    ...measures.map((name) => ({ name, kind: 'number' as const })),
    ...(query.compare ? measures.map((name) => ({ name: `${name}.previous`, kind: 'number' as const })) : []),
  ]
  const numbers = (row: ResultRow): CsvCell[] => [
    ...measures.map((name) => cellOf(row, name)),
    ...(query.compare ? measures.map((name) => previousCellOf(row, name) ?? null) : []),
  ]
  const labelled = (row: ResultRow, label: string, column: number): CsvCell[] => [
    ...marks,
    ...query.dimensions.map((name, index) => (index === column ? label : cellOf(row, name))),
    ...numbers(row),
  ]
  const otherColumn = query.dimensions.findIndex((name) => name !== 'time')

  async function* records(): AsyncGenerator<CsvCell[], void, undefined> {
    for await (const row of stream.rows) {
      if (row.$other === true) yield labelled(row, 'Other', otherColumn)
      else if (row.$idle === true) yield labelled(row, 'Idle', otherColumn)
      else yield [...marks, ...query.dimensions.map((name): Cell => cellOf(row, name)), ...numbers(row)]
    }
    if (options.totals && query.dimensions.length > 0) yield labelled(stream.totals, 'Total', 0)
  }
  const table = { columns, records: records() }
  return stream.scenario === null ? table : markScenario(table, stream.scenario)
}

function withUnpricedTokens(measures: readonly MeasureName[]): MeasureName[] {
  const money = measures.some((name) => /^money/.test(measureOf(name).unit))
  return money && !measures.includes('unpricedTokens') ? [...measures, 'unpricedTokens'] : [...measures]
}
