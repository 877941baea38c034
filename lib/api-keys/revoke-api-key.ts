import 'server-only'
import { updateRevoked } from '@/db/postgres/queries/api-keys'
import { inTransaction } from '@/db/postgres/transaction'
import { recordAudit } from '@/lib/audit/record-audit'
import { forgetKey } from '@/lib/auth/api-key'
import { actorOf, authorizeMember, type Person } from '@/lib/auth/person'
import { AppError } from '@/lib/errors'

/**
 * Ends a key: at once in this process, within a minute in all others. Also in an archived workspace, as ending access is
 * always possible.
 * @throws AppError `not_found` (also for a key that is another workspace's or revoked already), `forbidden`,
 *   `unavailable`.
 */
export async function revokeApiKey(person: Person, slug: string, keyId: number): Promise<void> {
  const { workspace } = await authorizeMember(person, slug, 'manageKeys')
  const secretHash = await inTransaction(async (tx) => {
    const key = await updateRevoked(tx, workspace.id, keyId)
    if (!key)
      throw new AppError('not_found', 'There is no such key in use. Reload the page to see the keys as they are.')
    const target = { kind: 'key', id: String(keyId), name: key.name }
    await recordAudit({ actor: actorOf(person), workspaceId: workspace.id, action: 'key.revoked', target }, tx)
    return key.secretHash
  })
  forgetKey(secretHash)
}
