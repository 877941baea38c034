import 'server-only'
import { findWorkspaceForUpdate, updateWorkspace } from '@/db/postgres/queries/workspaces'
import { inTransaction } from '@/db/postgres/transaction'
import { recordAudit } from '@/lib/audit/record-audit'
import { forgetKeysOfWorkspace } from '@/lib/auth/api-key'
import { actorOf, authorizeMember, type Person } from '@/lib/auth/person'

async function setArchived(person: Person, slug: string, archivedAt: Date | null): Promise<void> {
  const { workspace } = await authorizeMember(person, slug, 'archiveWorkspace')
  await inTransaction(async (tx) => {
    const stored = await findWorkspaceForUpdate(tx, workspace.id)
    if (!stored || (stored.archivedAt === null) === (archivedAt === null)) return
    await updateWorkspace(tx, workspace.id, { archivedAt })
    await recordAudit(
      {
        actor: actorOf(person),
        workspaceId: workspace.id,
        action: archivedAt === null ? 'workspace.restored' : 'workspace.archived',
        target: { kind: 'workspace', id: String(workspace.id), name: workspace.name },
        before: { archivedAt: stored.archivedAt },
        after: { archivedAt },
      },
      tx,
    )
  })
  forgetKeysOfWorkspace(workspace.id)
}

/**
 * Makes a workspace read-only and takes it out of lists. Its keys stop taking events within a minute; nothing is
 * deleted, and {@link restoreWorkspace} undoes it.
 * @throws AppError `not_found`, `forbidden`, `unavailable`.
 */
export async function archiveWorkspace(person: Person, slug: string, now: Date): Promise<void> {
  await setArchived(person, slug, now)
}

/**
 * Takes an archived workspace back into use.
 * @throws AppError `not_found`, `forbidden`, `unavailable`.
 */
export async function restoreWorkspace(person: Person, slug: string): Promise<void> {
  await setArchived(person, slug, null)
}
