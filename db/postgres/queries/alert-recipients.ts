import 'server-only'
import { and, asc, eq, isNull } from 'drizzle-orm'
import type { postgres } from '@/db/postgres/client'
import { memberships, users } from '@/db/postgres/schema'

export type RecipientRow = { id: string; name: string; email: string; role: 'owner' | 'admin' | 'editor' | 'viewer' }

/** The members of a workspace whose accounts work, by name: those who can be told something. */
export async function listRecipients(
  db: Pick<ReturnType<typeof postgres>, 'select'>,
  workspaceId: number,
): Promise<RecipientRow[]> {
  return db
    .select({ id: users.id, name: users.name, email: users.email, role: memberships.role })
    .from(memberships)
    .innerJoin(users, and(eq(users.id, memberships.userId), isNull(users.disabledAt)))
    .where(eq(memberships.workspaceId, workspaceId))
    .orderBy(asc(users.name), asc(users.email))
}
