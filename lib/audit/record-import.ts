import 'server-only'
import { basename } from 'node:path'
import { recordAudit } from '@/lib/audit/record-audit'

/**
 * Notes that a file is being imported, before anything of it is stored, or what became of it.
 * @param outcome what was stored; null when the import begins
 * @throws AppError `unavailable` when Postgres does not answer.
 */
export async function recordImport(
  workspaceId: number,
  path: string,
  outcome: { records: number; accepted: number; duplicates: number; rejected: number } | null,
): Promise<void> {
  await recordAudit({
    actor: { kind: 'system', name: 'npm run import' },
    workspaceId,
    action: outcome === null ? 'import.started' : 'import.completed',
    target: { kind: 'file', name: basename(path) },
    ...(outcome && { after: { ...outcome } }),
  })
}
