import 'server-only'
import { and, asc, desc, eq, inArray, isNull, sql } from 'drizzle-orm'
import { z } from 'zod'
import { withPostgres } from '@/db/postgres/client'
import { insertAuditEntry } from '@/db/postgres/queries/audit-entries'
import { auditLog, erasures, users } from '@/db/postgres/schema'

export type ErasureRow = typeof erasures.$inferSelect

type AuditEntry = Parameters<typeof insertAuditEntry>[1]

/** What an erasure is called in the audit log and on screen: enough of the hash to tell two apart. */
export function erasureName(subjectHash: string): string {
  return subjectHash.slice(0, 12)
}

/** Actions under which an erasure is in the audit log. */
const ERASURE_REQUESTED = 'data.erased'
const ERASURE_COMPLETED = 'data.erasure_completed'

/**
 * Stores an erasure with its entry in the audit log, or opens it again where the same was erased before: then what came
 * since is erased too.
 */
export async function openErasure(
  subject: { workspaceId: number; kind: ErasureRow['kind']; subjectHash: string; requestedBy: string | null },
  audit: Omit<AuditEntry, 'workspaceId' | 'action' | 'target'>,
): Promise<ErasureRow> {
  return await withPostgres((db) =>
    db.transaction(async (tx) => {
      const now = sql`clock_timestamp()`
      const [row] = await tx
        .insert(erasures)
        .values({ ...subject, requestedAt: now })
        .onConflictDoUpdate({
          target: [erasures.workspaceId, erasures.kind, erasures.subjectHash],
          set: { requestedBy: subject.requestedBy, requestedAt: now, completedAt: null },
        })
        .returning()
      if (!row) throw new Error('an upsert answered no row')
      await insertAuditEntry(tx, {
        ...audit,
        workspaceId: subject.workspaceId,
        action: ERASURE_REQUESTED,
        target: { kind: subject.kind, id: String(row.id), name: erasureName(subject.subjectHash) },
      })
      return row
    }),
  )
}

/**
 * Closes an erasure unless it was asked for again meanwhile, with its entry in the audit log.
 * @returns whether it was closed
 */
export async function completeErasure(
  erasure: ErasureRow,
  audit: Omit<AuditEntry, 'workspaceId' | 'action' | 'target'>,
): Promise<boolean> {
  return await withPostgres((db) =>
    db.transaction(async (tx) => {
      const closed = await tx
        .update(erasures)
        .set({ completedAt: sql`clock_timestamp()` })
        .where(
          and(eq(erasures.id, erasure.id), eq(erasures.requestedAt, erasure.requestedAt), isNull(erasures.completedAt)),
        )
        .returning({ id: erasures.id })
      if (closed.length === 0) return false
      await insertAuditEntry(tx, {
        ...audit,
        workspaceId: erasure.workspaceId,
        action: ERASURE_COMPLETED,
        target: { kind: erasure.kind, id: String(erasure.id), name: erasureName(erasure.subjectHash) },
      })
      return true
    }),
  )
}

/** Erasures that are not complete, oldest first. */
export async function listOpenErasures(): Promise<ErasureRow[]> {
  return await withPostgres((db) =>
    db.select().from(erasures).where(isNull(erasures.completedAt)).orderBy(asc(erasures.id)),
  )
}

/** Every erasure there is. */
export async function listAllErasures(): Promise<
  Pick<ErasureRow, 'workspaceId' | 'kind' | 'subjectHash' | 'requestedAt'>[]
> {
  return await withPostgres((db) =>
    db
      .select({
        workspaceId: erasures.workspaceId,
        kind: erasures.kind,
        subjectHash: erasures.subjectHash,
        requestedAt: erasures.requestedAt,
      })
      .from(erasures),
  )
}

/** Changes whenever {@link listAllErasures} would answer something else. */
export async function readErasuresVersion(): Promise<string> {
  const [row] = await withPostgres((db) =>
    db.select({ version: sql<string>`concat(count(*), '/', max(id), '/', max(requested_at))` }).from(erasures),
  )
  return row?.version ?? ''
}

const counts = z.object({ attempts: z.number(), requests: z.number() })

export type ListedErasure = {
  id: number
  kind: ErasureRow['kind']
  name: string
  requestedAt: Date
  requestedBy: string | null
  completedAt: Date | null
  /** Attempts and requests that were erased, all times together. */
  attempts: number
  requests: number
}

/** The newest erasures of a workspace with what each erased. */
export async function listErasures(workspaceId: number, limit: number): Promise<ListedErasure[]> {
  return await withPostgres(async (db) => {
    const rows = await db
      .select({ erasure: erasures, requestedBy: users.name })
      .from(erasures)
      .leftJoin(users, eq(users.id, erasures.requestedBy))
      .where(eq(erasures.workspaceId, workspaceId))
      .orderBy(desc(erasures.requestedAt), desc(erasures.id))
      .limit(limit)
    if (rows.length === 0) return []
    const entries = await db
      .select({ id: auditLog.targetId, after: auditLog.after })
      .from(auditLog)
      .where(
        and(
          eq(auditLog.workspaceId, workspaceId),
          inArray(auditLog.action, [ERASURE_REQUESTED, ERASURE_COMPLETED]),
          inArray(
            auditLog.targetId,
            rows.map(({ erasure }) => String(erasure.id)),
          ),
        ),
      )
    return rows.map(({ erasure, requestedBy }) => {
      const said = entries.filter(({ id }) => id === String(erasure.id)).map(({ after }) => counts.parse(after))
      return {
        id: erasure.id,
        kind: erasure.kind,
        name: erasureName(erasure.subjectHash),
        requestedAt: erasure.requestedAt,
        requestedBy,
        completedAt: erasure.completedAt,
        attempts: said.reduce((sum, each) => sum + each.attempts, 0),
        requests: said.reduce((sum, each) => sum + each.requests, 0),
      }
    })
  })
}
