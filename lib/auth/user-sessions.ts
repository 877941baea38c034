import 'server-only'
import { z } from 'zod'
import { withPostgres } from '@/db/postgres/client'
import { insertSession, revokeSession, revokeSessions } from '@/db/postgres/queries/sessions'
import { type Actor, recordAudit } from '@/lib/audit/record-audit'
import type { RequestOrigin } from '@/lib/auth/request-origin'
import { SESSION_DAYS } from '@/lib/auth/session-cookie'
import type { SignInMethod } from '@/lib/auth/verify-credentials'

type Person = { id: string; email: string }

/** A person as the audit log names them. */
export function actorOf(user: Person, address: string | null): Actor {
  return { kind: 'user', id: user.id, name: user.email, address }
}

/**
 * Begins a session of somebody who proved who they are.
 * @returns its id, for the cookie
 * @throws AppError `unavailable` when Postgres does not answer.
 */
export async function beginSession(user: Person, method: SignInMethod, origin: RequestOrigin): Promise<string> {
  return await withPostgres((db) =>
    db.transaction(async (tx) => {
      const sessionId = await insertSession(tx, { userId: user.id, method, ...origin, days: SESSION_DAYS })
      const target = { kind: 'user', id: user.id, name: user.email }
      const actor = actorOf(user, origin.address)
      await recordAudit({ actor, workspaceId: null, action: 'session.started', target, after: { method } }, tx)
      return sessionId
    }),
  )
}

/**
 * Ends a session of a person, so that no copy of its cookie works any more; nothing when it has ended or is not theirs.
 * @throws AppError `unavailable` when Postgres does not answer.
 */
export async function endSession(user: Person, sessionId: string, address: string): Promise<void> {
  if (!z.uuid().safeParse(sessionId).success) return
  await withPostgres((db) =>
    db.transaction(async (tx) => {
      if (!(await revokeSession(tx, user.id, sessionId))) return
      const target = { kind: 'user', id: user.id, name: user.email }
      await recordAudit({ actor: actorOf(user, address), workspaceId: null, action: 'session.ended', target }, tx)
    }),
  )
}

/**
 * Ends all sessions of a person but the one under way.
 * @throws AppError `unavailable` when Postgres does not answer.
 */
export async function endOtherSessions(user: Person, keptSessionId: string, address: string): Promise<void> {
  await withPostgres((db) =>
    db.transaction(async (tx) => {
      const ended = await revokeSessions(tx, user.id, keptSessionId)
      if (ended === 0) return
      const target = { kind: 'user', id: user.id, name: user.email }
      const actor = actorOf(user, address)
      await recordAudit({ actor, workspaceId: null, action: 'session.ended', target, after: { sessions: ended } }, tx)
    }),
  )
}
