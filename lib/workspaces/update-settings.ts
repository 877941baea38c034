import 'server-only'
import { findWorkspaceForUpdate, updateWorkspace } from '@/db/postgres/queries/workspaces'
import { inTransaction } from '@/db/postgres/transaction'
import { changedFields } from '@/lib/audit/changed-fields'
import { recordAudit } from '@/lib/audit/record-audit'
import { actorOf, authorizeChange, type Person } from '@/lib/auth/person'
import { AppError } from '@/lib/errors'
import { VIEW_CURRENCIES, type WorkspaceSettingsInput } from '@/lib/workspaces/workspace-settings'

/**
 * Changes the settings that are given. The slug never changes: addresses and dashboards elsewhere hold it.
 * @returns whether anything differed from what was stored
 * @throws AppError `not_found`, `forbidden`, `conflict` (archived), `invalid_body` (a currency without views),
 *   `unavailable`.
 */
export async function updateSettings(
  person: Person,
  slug: string,
  change: Partial<WorkspaceSettingsInput>,
): Promise<boolean> {
  const { workspace } = await authorizeChange(person, slug, 'manageSettings')
  const { currency } = change
  if (currency !== undefined && currency !== workspace.currency && !VIEW_CURRENCIES.some((code) => code === currency)) {
    throw new AppError('invalid_body', `There are no views in ${currency}. Choose ${VIEW_CURRENCIES.join(' or ')}.`)
  }
  return inTransaction(async (tx) => {
    const stored = await findWorkspaceForUpdate(tx, workspace.id)
    const changed = stored && changedFields(stored, change)
    if (!changed) return false
    await updateWorkspace(tx, workspace.id, change)
    const target = { kind: 'workspace', id: String(workspace.id), name: change.name ?? workspace.name }
    await recordAudit(
      { actor: actorOf(person), workspaceId: workspace.id, action: 'workspace.settings_changed', target, ...changed },
      tx,
    )
    return true
  })
}
