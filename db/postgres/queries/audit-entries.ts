import 'server-only'
import { and, asc, desc, eq, gte, lt, or, type SQL, sql } from 'drizzle-orm'
import { z } from 'zod'
import { type postgres, withPostgres } from '@/db/postgres/client'
import { auditLog, workspaces } from '@/db/postgres/schema'

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

const auditRow = z.object({
  id: z.number().int(),
  at: z.date(),
  actorKind: z.enum(['user', 'key', 'system']),
  actorName: z.string(),
  address: z.string().nullable(),
  workspace: z.string().nullable(),
  action: z.string(),
  targetKind: z.string(),
  targetName: z.string(),
  before: z.record(z.string(), z.unknown()).nullable(),
  after: z.record(z.string(), z.unknown()).nullable(),
})

/** An entry of the audit log; `workspace` is the slug, null for what belongs to the organisation. */
export type AuditRow = z.infer<typeof auditRow>

/** Which entries; `workspaceId` null is all of them. The range is half-open. */
export type AuditFilter = {
  workspaceId: number | null
  text: string | null
  action: string | null
  actor: string | null
  from: Date | null
  to: Date | null
}

/** Text as a pattern that holds it anywhere, without wildcards of its own. */
const anywhere = (text: string): string => `%${text.replace(/[\\%_]/g, '\\$&')}%`

function conditionsOf(filter: AuditFilter): (SQL | undefined)[] {
  const { workspaceId, text, action, actor, from, to } = filter
  return [
    workspaceId === null ? undefined : eq(auditLog.workspaceId, workspaceId),
    action === null ? undefined : eq(auditLog.action, action),
    actor === null ? undefined : eq(auditLog.actorName, actor),
    from === null ? undefined : gte(auditLog.at, from),
    to === null ? undefined : lt(auditLog.at, to),
    text === null
      ? undefined
      : or(
          ...[
            auditLog.actorName,
            auditLog.action,
            auditLog.targetName,
            auditLog.address,
            sql`${auditLog.before}::text`,
            sql`${auditLog.after}::text`,
          ].map((column) => sql`${column} ILIKE ${anywhere(text)}`),
        ),
  ]
}

/** Entries, newest first, from the one before `beforeId`. */
export async function listAuditRows(filter: AuditFilter, beforeId: number | null, limit: number): Promise<AuditRow[]> {
  const rows = await withPostgres((db) =>
    db
      .select({
        id: auditLog.id,
        at: auditLog.at,
        actorKind: auditLog.actorKind,
        actorName: auditLog.actorName,
        address: auditLog.address,
        workspace: workspaces.slug,
        action: auditLog.action,
        targetKind: auditLog.targetKind,
        targetName: auditLog.targetName,
        before: auditLog.before,
        after: auditLog.after,
      })
      .from(auditLog)
      .leftJoin(workspaces, eq(workspaces.id, auditLog.workspaceId))
      .where(and(...conditionsOf(filter), beforeId === null ? undefined : lt(auditLog.id, beforeId)))
      .orderBy(desc(auditLog.id))
      .limit(limit),
  )
  return z.array(auditRow).parse(rows)
}

const choices = z.object({ actions: z.array(z.string()), actors: z.array(z.string()) })
const MAX_CHOICES = 500

/** The actions and actors that occur, by name: what a filter can choose from. */
export async function listAuditChoices(workspaceId: number | null): Promise<z.infer<typeof choices>> {
  const where = workspaceId === null ? undefined : eq(auditLog.workspaceId, workspaceId)
  const [actions, actors] = await withPostgres((db) =>
    Promise.all([
      db
        .selectDistinct({ value: auditLog.action })
        .from(auditLog)
        .where(where)
        .orderBy(asc(auditLog.action))
        .limit(MAX_CHOICES),
      db
        .selectDistinct({ value: auditLog.actorName })
        .from(auditLog)
        .where(where)
        .orderBy(asc(auditLog.actorName))
        .limit(MAX_CHOICES),
    ]),
  )
  return choices.parse({ actions: actions.map(({ value }) => value), actors: actors.map(({ value }) => value) })
}
