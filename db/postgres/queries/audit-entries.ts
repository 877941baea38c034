import 'server-only'
import type { postgres } from '@/db/postgres/client'
import { auditLog } from '@/db/postgres/schema'

type Writer = Pick<ReturnType<typeof postgres>, 'insert'>

type NewEntry = {
  actor: { kind: 'user' | 'key' | 'system'; id?: string; name: string; address?: string | null }
  workspaceId: number | null
  action: string
  target: { kind: string; id?: string; name: string }
  before?: Record<string, unknown>
  after?: Record<string, unknown>
}

/** Adds one entry; the table refuses changes. */
export async function insertAuditEntry(db: Writer, entry: NewEntry): Promise<void> {
  await db.insert(auditLog).values({
    actorKind: entry.actor.kind,
    actorId: entry.actor.id ?? null,
    actorName: entry.actor.name,
    address: entry.actor.address ?? null,
    workspaceId: entry.workspaceId,
    action: entry.action,
    targetKind: entry.target.kind,
    targetId: entry.target.id ?? null,
    targetName: entry.target.name,
    before: entry.before ?? null,
    after: entry.after ?? null,
  })
}
