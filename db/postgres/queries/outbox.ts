import 'server-only'
import { and, asc, desc, eq, inArray, isNotNull, lt, lte, or, sql } from 'drizzle-orm'
import { withPostgres } from '@/db/postgres/client'
import { channels, deliveries, outbox, users } from '@/db/postgres/schema'
import type { Transaction } from '@/db/postgres/transaction'

export type OutboxRow = typeof outbox.$inferSelect
export type NewMessage = Pick<
  typeof outbox.$inferInsert,
  'messageKey' | 'workspaceId' | 'alertId' | 'kind' | 'channelId' | 'userId' | 'round' | 'position' | 'payload'
>

/** Writes messages that are due at once; those whose key is there already are left as they are. */
export async function insertMessages(tx: Transaction, messages: readonly NewMessage[], now: Date): Promise<void> {
  if (messages.length === 0) return
  await tx
    .insert(outbox)
    .values(messages.map((message) => ({ ...message, dueAt: now, createdAt: now })))
    .onConflictDoNothing()
}

/**
 * Takes messages that are due, or whose claim has run out, for `leaseMs`. Replicas that ask at once get different ones.
 * @throws AppError `unavailable` when Postgres does not answer.
 */
export async function claimMessages(
  holder: string,
  now: Date,
  { leaseMs, limit }: { leaseMs: number; limit: number },
): Promise<OutboxRow[]> {
  return withPostgres((db) =>
    db
      .update(outbox)
      .set({
        state: 'sending',
        claimedBy: holder,
        claimedUntil: new Date(now.getTime() + leaseMs),
        attempts: sql`${outbox.attempts} + 1`,
      })
      .where(
        inArray(
          outbox.id,
          db
            .select({ id: outbox.id })
            .from(outbox)
            .where(
              or(
                and(eq(outbox.state, 'pending'), lte(outbox.dueAt, now)),
                and(eq(outbox.state, 'sending'), lt(outbox.claimedUntil, now)),
              ),
            )
            .orderBy(asc(outbox.dueAt), asc(outbox.id))
            .limit(limit)
            .for('update', { skipLocked: true }),
        ),
      )
      .returning(),
  )
}

/**
 * Says what became of a message that `holder` has claimed.
 * @returns false when the claim had run out and somebody else has it
 */
export async function settleMessage(
  tx: Transaction,
  id: number,
  holder: string,
  change: Pick<typeof outbox.$inferInsert, 'state' | 'dueAt' | 'lastError' | 'finishedAt'>,
): Promise<boolean> {
  const rows = await tx
    .update(outbox)
    .set({ ...change, claimedBy: null, claimedUntil: null })
    .where(and(eq(outbox.id, id), eq(outbox.claimedBy, holder), eq(outbox.state, 'sending')))
    .returning({ id: outbox.id })
  return rows.length > 0
}

/** Takes back what waits to be sent of an alert; what is being sent goes out. */
export async function cancelMessages(tx: Transaction, alertId: number, now: Date): Promise<void> {
  await tx
    .update(outbox)
    .set({ state: 'canceled', finishedAt: now })
    .where(and(eq(outbox.alertId, alertId), eq(outbox.state, 'pending'), eq(outbox.kind, 'fired')))
}

/** Puts a message that was given up back in line. */
export async function retryMessage(tx: Transaction, workspaceId: number, id: number, now: Date): Promise<boolean> {
  const rows = await tx
    .update(outbox)
    .set({ state: 'pending', attempts: 0, dueAt: now, finishedAt: null })
    .where(and(eq(outbox.id, id), eq(outbox.workspaceId, workspaceId), eq(outbox.state, 'dead')))
    .returning({ id: outbox.id })
  return rows.length > 0
}

/** Who was told that an alert fires, each once: those a message went to or is under way to. */
export async function listTold(
  tx: Transaction,
  alertId: number,
): Promise<{ channelId: number | null; userId: string | null; channelKind: string | null }[]> {
  return tx
    .selectDistinct({ channelId: outbox.channelId, userId: outbox.userId, channelKind: channels.kind })
    .from(outbox)
    .leftJoin(channels, eq(channels.id, outbox.channelId))
    .where(and(eq(outbox.alertId, alertId), eq(outbox.kind, 'fired'), inArray(outbox.state, ['sent', 'sending'])))
}

/** Whether a message of this step of an alert went out or may still. */
export async function hasLiveMessage(
  tx: Transaction,
  step: { alertId: number; round: number; position: number },
): Promise<boolean> {
  const rows = await tx
    .select({ id: outbox.id })
    .from(outbox)
    .where(
      and(
        eq(outbox.alertId, step.alertId),
        eq(outbox.round, step.round),
        eq(outbox.position, step.position),
        inArray(outbox.state, ['pending', 'sending', 'sent']),
      ),
    )
    .limit(1)
  return rows.length > 0
}

export async function insertDelivery(tx: Transaction, values: typeof deliveries.$inferInsert): Promise<void> {
  await tx.insert(deliveries).values(values)
}

export type DeliveryRow = typeof deliveries.$inferSelect & {
  kind: OutboxRow['kind']
  state: OutboxRow['state']
  alertId: number | null
  channelName: string | null
  userName: string | null
}

/** Attempts to send, newest first. */
export async function listDeliveries(filter: {
  workspaceId: number
  alertId?: number
  limit: number
}): Promise<DeliveryRow[]> {
  const rows = await withPostgres((db) =>
    db
      .select({
        delivery: deliveries,
        kind: outbox.kind,
        state: outbox.state,
        alertId: outbox.alertId,
        channelName: channels.name,
        userName: users.name,
      })
      .from(deliveries)
      .innerJoin(outbox, eq(outbox.id, deliveries.outboxId))
      .leftJoin(channels, eq(channels.id, outbox.channelId))
      .leftJoin(users, eq(users.id, outbox.userId))
      .where(
        and(
          eq(deliveries.workspaceId, filter.workspaceId),
          filter.alertId === undefined ? undefined : eq(outbox.alertId, filter.alertId),
        ),
      )
      .orderBy(desc(deliveries.id))
      .limit(filter.limit),
  )
  return rows.map(({ delivery, ...rest }) => ({ ...delivery, ...rest }))
}

export type WaitingRow = Pick<
  OutboxRow,
  'id' | 'kind' | 'state' | 'attempts' | 'dueAt' | 'lastError' | 'alertId' | 'createdAt'
> & { channelName: string | null; userName: string | null }

/** Messages that wait for another attempt or were given up, newest first. */
export async function listUnsent(workspaceId: number, limit: number): Promise<WaitingRow[]> {
  return withPostgres((db) =>
    db
      .select({
        id: outbox.id,
        kind: outbox.kind,
        state: outbox.state,
        attempts: outbox.attempts,
        dueAt: outbox.dueAt,
        lastError: outbox.lastError,
        alertId: outbox.alertId,
        createdAt: outbox.createdAt,
        channelName: channels.name,
        userName: users.name,
      })
      .from(outbox)
      .leftJoin(channels, eq(channels.id, outbox.channelId))
      .leftJoin(users, eq(users.id, outbox.userId))
      .where(
        and(
          eq(outbox.workspaceId, workspaceId),
          inArray(outbox.state, ['pending', 'sending', 'dead']),
          isNotNull(outbox.lastError),
        ),
      )
      .orderBy(desc(outbox.id))
      .limit(limit),
  )
}
