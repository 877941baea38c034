import 'server-only'
import type { Membership } from '@/lib/auth/workspace-access'
import { CAUSES, type Explanation, type LineKey } from '@/lib/close/explain-difference'
import { FIGURES, type Figures } from '@/lib/close/figures'
import { compareMonth } from '@/lib/close/read-months'
import { AppError } from '@/lib/errors'
import { type CsvCell, type CsvColumn, writeCsv } from '@/lib/exports/csv'

const KEYS = ['provider', 'model', 'endpoint'] as const

const COLUMNS: readonly CsvColumn[] = [
  ...KEYS.map((name) => ({ name, kind: 'text' as const })),
  ...FIGURES.map((name) => ({ name: `${name}.booked`, kind: 'number' as const })),
  ...FIGURES.map((name) => ({ name: `${name}.today`, kind: 'number' as const })),
  { name: 'spend.difference', kind: 'number' },
  ...CAUSES.map((cause) => ({ name: `spend.difference.${cause}`, kind: 'number' as const })),
]

/**
 * A closed month beside today as CSV: a record for each provider, model and endpoint and a last one named `Total`, with
 * every figure as booked and as it is, and the difference of spend by cause. Decimals are unrounded; a figure is empty
 * where one side has no such line.
 * @throws AppError `not_found` for a month that is not closed; else as `compareMonth`.
 */
export async function exportMonth(
  workspace: Membership['workspace'],
  month: string,
  now: Date,
): Promise<{ name: string; csv: string }> {
  const compared = await compareMonth(workspace, month, now)
  if (!compared) throw new AppError('not_found', 'This month is not closed.')
  const { booked, today, explanation, lines } = compared
  async function* records(): AsyncGenerator<CsvCell[], void, undefined> {
    for (const line of lines) yield record(line, line.booked, line.today, line.explanation)
    yield record({ provider: 'Total', model: '', endpoint: null }, booked, today, explanation)
  }
  let csv = ''
  for await (const chunk of writeCsv(COLUMNS, records())) csv += chunk
  return { name: `farthing-${workspace.slug}-booked-${month}.csv`, csv }
}

function record(line: LineKey, booked: Figures | null, today: Figures | null, { difference, causes }: Explanation) {
  const figures = (of: Figures | null): CsvCell[] => FIGURES.map((name) => of?.[name] ?? null)
  return [
    ...KEYS.map((name) => line[name] || null),
    ...figures(booked),
    ...figures(today),
    difference.spend,
    ...CAUSES.map((cause) => causes.find((each) => each.cause === cause)?.spend ?? '0'),
  ]
}
