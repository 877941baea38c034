import 'server-only'
import { type CsvCell, type CsvColumn, writeCsv } from '@/lib/exports/csv'
import type { Scope } from '@/lib/metrics/plan'
import {
  COMPARED,
  type ComparedRow,
  compareScenarioRows,
  SCENARIO_VIEWS,
  type Scenario,
  type ScenarioView,
} from '@/lib/scenarios/read-scenario'
import type { Range } from '@/lib/time'

/**
 * One view of a scenario beside today as CSV, with every row and a last one named `Total`; Decimals are unrounded.
 * @throws AppError as `compareScenarioRows`.
 */
export async function exportScenario(
  { id, definition }: Scenario,
  scope: Scope,
  range: Range,
  view: ScenarioView,
  now: Date,
): Promise<{ name: string; csv: string }> {
  const names = SCENARIO_VIEWS[view]
  const columns: CsvColumn[] = [
    ...names.map((name) => ({ name, kind: 'text' as const })),
    ...COMPARED.map((name) => ({ name: `${name}.today`, kind: 'number' as const })),
    ...COMPARED.map((name) => ({ name: `${name}.scenario`, kind: 'number' as const })),
    { name: 'spend.difference', kind: 'number' },
  ]
  const { rows, totals } = await compareScenarioRows(definition, scope, range, view, now)
  async function* records(): AsyncGenerator<CsvCell[], void, undefined> {
    for (const row of rows) yield record(row)
    yield record({ ...totals, keys: names.map((_, index) => (index === 0 ? 'Total' : null)) })
  }
  let csv = ''
  for await (const chunk of writeCsv(columns, records())) csv += chunk
  return { name: `farthing-${scope.workspaces[0].slug}-scenario-${id}-${view}.csv`, csv }
}

function record({ keys, today, scenario, difference }: ComparedRow): CsvCell[] {
  return [...keys, ...COMPARED.map((name) => today[name]), ...COMPARED.map((name) => scenario[name]), difference]
}
