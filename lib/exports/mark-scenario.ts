import type { CsvCell } from '@/lib/exports/csv'
import type { CsvExport } from '@/lib/exports/export-rows'

/** The table with the name of a scenario before every record, so that no line of it is taken for what was spent. Pure. */
export function markScenario({ columns, records }: CsvExport, name: string): CsvExport {
  async function* marked(): AsyncGenerator<CsvCell[], void, undefined> {
    for await (const record of records) yield [name, ...record]
  }
  return { columns: [{ name: 'scenario', kind: 'text' }, ...columns], records: marked() }
}
