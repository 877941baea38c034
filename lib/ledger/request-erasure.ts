import 'server-only'
import { z } from 'zod'
import { type ListedErasure, listErasures } from '@/db/postgres/queries/erasures'
import type { Actor } from '@/lib/audit/record-audit'
import { mayDo, type Role } from '@/lib/auth/permissions'
import { AppError } from '@/lib/errors'
import { type ErasureReport, eraseRequest, eraseUser } from '@/lib/ledger/erase'

const subject = z.string().min(1).max(200)
const bodySchema = z.union([z.strictObject({ userId: subject }), z.strictObject({ externalRequestId: subject })])

/** The member who asks. */
export type Asker = { role: Role; workspace: { id: number }; actor: Actor }

/** Most erasures that are listed. */
const MAX_LISTED = 200

function requireEraseData(role: Role): void {
  if (mayDo(role, 'eraseData')) return
  throw new AppError('forbidden', 'Only admins and owners of the workspace may erase data. Ask one of them.')
}

/**
 * Erases what a body `{ userId }` or `{ externalRequestId }` names.
 * @throws AppError `forbidden` for a role that may not, `invalid_body`, `unavailable` when a store does not answer.
 */
export async function requestErasure({ role, workspace, actor }: Asker, body: unknown): Promise<ErasureReport> {
  requireEraseData(role)
  const parsed = bodySchema.safeParse(body)
  if (!parsed.success) {
    throw new AppError(
      'invalid_body',
      'Name one of userId and externalRequestId, with the text (1 to 200 characters) exactly as it was sent.',
    )
  }
  if ('userId' in parsed.data) return await eraseUser(workspace, parsed.data.userId, actor)
  return await eraseRequest(workspace, parsed.data.externalRequestId, actor)
}

/**
 * The newest erasures of a workspace; of what was erased only the beginning of its hash is known.
 * @throws AppError `forbidden` for a role that may not, `unavailable` when Postgres does not answer.
 */
export async function listRequestedErasures({ role, workspace }: Omit<Asker, 'actor'>): Promise<ListedErasure[]> {
  requireEraseData(role)
  return await listErasures(workspace.id, MAX_LISTED)
}
