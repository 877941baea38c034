import 'server-only'
import { and, asc, eq, gt, isNull, sql } from 'drizzle-orm'
import { z } from 'zod'
import { withPostgres } from '@/db/postgres/client'
import { oneTimeLinks, users } from '@/db/postgres/schema'
import type { Transaction } from '@/db/postgres/transaction'

const invitationRow = z.object({
  id: z.number().int(),
  email: z.string(),
  role: z.enum(['owner', 'admin', 'editor', 'viewer']),
  createdAt: z.date(),
  expiresAt: z.date(),
  createdBy: z.string().nullable(),
})

/** An invitation that can still be accepted. */
export type InvitationRow = z.infer<typeof invitationRow>

const columns = {
  id: oneTimeLinks.id,
  email: oneTimeLinks.email,
  role: oneTimeLinks.role,
  createdAt: oneTimeLinks.createdAt,
  expiresAt: oneTimeLinks.expiresAt,
  createdBy: users.name,
}

const openIn = (workspaceId: number) =>
  and(
    eq(oneTimeLinks.kind, 'invitation'),
    eq(oneTimeLinks.workspaceId, workspaceId),
    isNull(oneTimeLinks.usedAt),
    isNull(oneTimeLinks.revokedAt),
    gt(oneTimeLinks.expiresAt, sql`now()`),
  )

/** The open invitations to a workspace, oldest first. */
export async function listInvitationRows(workspaceId: number): Promise<InvitationRow[]> {
  const rows = await withPostgres((db) =>
    db
      .select(columns)
      .from(oneTimeLinks)
      .leftJoin(users, eq(users.id, oneTimeLinks.createdBy))
      .where(openIn(workspaceId))
      .orderBy(asc(oneTimeLinks.createdAt)),
  )
  return z.array(invitationRow).parse(rows)
}

/** An open invitation to this workspace, or null. */
export async function findInvitation(tx: Transaction, workspaceId: number, id: number): Promise<InvitationRow | null> {
  const rows = await tx
    .select(columns)
    .from(oneTimeLinks)
    .leftJoin(users, eq(users.id, oneTimeLinks.createdBy))
    .where(and(eq(oneTimeLinks.id, id), openIn(workspaceId)))
    .limit(1)
  return z.array(invitationRow).parse(rows)[0] ?? null
}

/** Ends an invitation; false when it was used or ended meanwhile. */
export async function endInvitation(tx: Transaction, workspaceId: number, id: number): Promise<boolean> {
  const rows = await tx
    .update(oneTimeLinks)
    .set({ revokedAt: sql`now()` })
    .where(and(eq(oneTimeLinks.id, id), openIn(workspaceId)))
    .returning({ id: oneTimeLinks.id })
  return rows.length > 0
}
