import 'server-only'
import { listAuditRows } from '@/db/postgres/queries/audit-entries'
import type { AuditSearch } from '@/lib/audit/audit-search'
import { authorizeAudit, filterOf } from '@/lib/audit/list-audit'
import { recordAudit } from '@/lib/audit/record-audit'
import { actorOf, type Person } from '@/lib/auth/person'
import { type CsvCell, type CsvColumn, writeCsv } from '@/lib/exports/csv'

const COLUMNS: readonly CsvColumn[] = [
  'id',
  'at',
  'actorKind',
  'actor',
  'address',
  'workspace',
  'action',
  'targetKind',
  'target',
  'before',
  'after',
].map((name) => ({ name, kind: name === 'id' ? 'number' : 'text' }))

const BATCH = 500

/**
 * The entries of a search as CSV, newest first, in chunks. The export is itself an entry, made before the first chunk and
 * not part of it.
 * @throws AppError `not_found`, `forbidden`, `unavailable`.
 */
export async function exportAudit(
  person: Person,
  slug: string | null,
  search: AuditSearch,
): Promise<{ name: string; chunks: AsyncGenerator<string, void, undefined> }> {
  const scope = await authorizeAudit(person, slug)
  const filter = filterOf(search, scope)
  const first = await listAuditRows(filter, search.before, BATCH)
  await recordAudit({
    actor: actorOf(person),
    workspaceId: scope.workspaceId,
    action: 'audit.exported',
    target: { kind: 'audit', name: slug ?? 'organisation' },
    after: { ...search },
  })

  async function* records(): AsyncGenerator<CsvCell[], void, undefined> {
    let rows = first
    while (rows.length > 0) {
      for (const row of rows) {
        yield [
          row.id,
          row.at.toISOString(),
          row.actorKind,
          row.actorName,
          row.address,
          row.workspace,
          row.action,
          row.targetKind,
          row.targetName,
          row.before && JSON.stringify(row.before),
          row.after && JSON.stringify(row.after),
        ]
      }
      const last = rows.at(-1)
      rows = last && rows.length === BATCH ? await listAuditRows(filter, last.id, BATCH) : []
    }
  }
  return { name: `farthing-audit-${slug ?? 'organisation'}.csv`, chunks: writeCsv(COLUMNS, records()) }
}
