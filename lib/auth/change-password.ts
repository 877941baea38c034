import 'server-only'
import { withPostgres } from '@/db/postgres/client'
import { revokeResetLinks } from '@/db/postgres/queries/one-time-links'
import { revokeSessions } from '@/db/postgres/queries/sessions'
import { updatePassword } from '@/db/postgres/queries/users'
import { recordAudit } from '@/lib/audit/record-audit'
import { hashPassword } from '@/lib/auth/password'
import { actorOf } from '@/lib/auth/user-sessions'
import { requirePassword } from '@/lib/auth/verify-credentials'

/**
 * Changes the password of somebody who knows the present one, and ends their other sessions and any reset link.
 * @throws AppError `forbidden` for a wrong present password, `too_many_requests`, `unavailable` when Postgres does not
 * answer.
 */
export async function changePassword(
  user: { id: string; email: string; sessionId: string },
  passwords: { present: string; next: string },
  address: string,
): Promise<void> {
  await requirePassword(user.id, passwords.present, address)
  const passwordHash = await hashPassword(passwords.next)
  await withPostgres((db) =>
    db.transaction(async (tx) => {
      await updatePassword(tx, user.id, passwordHash, { endSessions: false })
      await revokeResetLinks(tx, user.id)
      const ended = await revokeSessions(tx, user.id, user.sessionId)
      const actor = actorOf(user, address)
      const target = { kind: 'user', id: user.id, name: user.email }
      const after = { otherSessionsEnded: ended }
      await recordAudit({ actor, workspaceId: null, action: 'user.password_changed', target, after }, tx)
    }),
  )
}
