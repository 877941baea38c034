import 'server-only'
import { withPostgres } from '@/db/postgres/client'
import { insertAuditEntry } from '@/db/postgres/queries/audit-entries'
import type { Transaction } from '@/db/postgres/transaction'

/** Who acts: a signed-in person, an API key, or Farthing itself. */
export type Actor =
  | { kind: 'user'; id: string; name: string; address: string | null }
  | { kind: 'key'; name: string; address: string | null }
  | { kind: 'system'; name: string }

export type AuditEvent = {
  actor: Actor
  /** Null: the organisation. */
  workspaceId: number | null
  /** `<what>.<verb in the past>`, such as `member.role_changed`. */
  action: string
  target: { kind: string; id?: string; name: string }
  /** The changed fields before and after, without secrets. */
  before?: Record<string, unknown>
  after?: Record<string, unknown>
}

/**
 * Adds an entry to the audit log. Give the transaction of the change itself, so that neither is stored without the other.
 * @throws AppError `unavailable` when Postgres does not answer.
 */
export async function recordAudit(event: AuditEvent, transaction?: Transaction): Promise<void> {
  if (transaction) return insertAuditEntry(transaction, event)
  await withPostgres((db) => insertAuditEntry(db, event))
}
