import 'server-only'
import { withPostgres } from '@/db/postgres/client'
import { listRecipients } from '@/db/postgres/queries/alert-recipients'
import { findAlertForUpdate, insertTimeline } from '@/db/postgres/queries/alerts'
import { findChannel } from '@/db/postgres/queries/channels'
import {
  claimMessages,
  hasLiveMessage,
  insertDelivery,
  type OutboxRow,
  settleMessage,
} from '@/db/postgres/queries/outbox'
import { inTransaction } from '@/db/postgres/transaction'
import { publicOrigin } from '@/lib/auth/public-origin'
import { readEnv } from '@/lib/env'
import { AppError } from '@/lib/errors'
import { signAcknowledgement } from './acknowledge-link'
import { type AlertMessage, messagePayload } from './alert-message'
import { backOffMs, MAX_ATTEMPTS } from './back-off'
import { openSettings } from './channel-secrets'
import type { ChannelSettings } from './channel-settings'
import { skipToNextStep } from './escalate'
import { SendError } from './send-error'
import { sendMessage } from './send-message'

/** Longer than an attempt can take, so that nobody else takes a message while it is being sent. */
const LEASE_MS = 60_000
const ATTEMPT_MS = 30_000
const AT_ONCE = 8
const MAX_PER_TURN = 2_000
const DEMO_DOMAIN = '@farthing.local'

export type Send = (message: AlertMessage, settings: ChannelSettings) => Promise<string>

/** Opening sealed settings may fail, which is a failure of the attempt. */
type Recipient = { name: string; openSettings: () => ChannelSettings }
type Outcome = { isSent: true; answer: string } | { isSent: false; error: SendError }

/**
 * Sends what is due. A message is claimed, sent, and what became of it recorded: a process that dies on the way leaves a
 * claim that runs out, and the message is sent again under the same key. So it arrives at least once, and once unless
 * something dies.
 * @param holder unique to the process
 * @returns how many messages were tried
 * @throws AppError `unavailable` when Postgres does not answer.
 */
export async function deliverDueMessages(
  holder: string,
  now: Date,
  { send = sendMessage, random = Math.random }: { send?: Send; random?: () => number } = {},
): Promise<number> {
  let tried = 0
  while (tried < MAX_PER_TURN) {
    const claimed = await claimMessages(holder, now, { leaseMs: LEASE_MS, limit: AT_ONCE })
    await Promise.all(claimed.map((row) => deliver(row, holder, now, send, random)))
    tried += claimed.length
    if (claimed.length < AT_ONCE) break
  }
  return tried
}

async function deliver(row: OutboxRow, holder: string, now: Date, send: Send, random: () => number): Promise<void> {
  const startedMs = performance.now()
  const recipient = await findRecipient(row)
  const outcome = await attempt(row, recipient, now, send)
  const durationMs = Math.round(performance.now() - startedMs)
  await record({ row, holder, name: recipient?.name ?? 'nobody', outcome, durationMs, random: random() }, now)
}

async function attempt(row: OutboxRow, recipient: Recipient | null, now: Date, send: Send): Promise<Outcome> {
  if (recipient === null) return { isSent: false, error: new SendError('The recipient is gone.', true) }
  try {
    const answer = await withTimeout(send(toMessage(row, now), recipient.openSettings()))
    return { isSent: true, answer }
  } catch (error) {
    if (error instanceof SendError) return { isSent: false, error }
    // A sealed setting that does not open says itself what must be done.
    if (error instanceof AppError && error.code !== 'unavailable') {
      return { isSent: false, error: new SendError(error.message, true) }
    }
    const message = error instanceof Error ? error.message : 'It failed.'
    return { isSent: false, error: new SendError(message, false) }
  }
}

async function record(
  delivery: { row: OutboxRow; holder: string; name: string; outcome: Outcome; durationMs: number; random: number },
  now: Date,
): Promise<void> {
  const { row, holder, name, outcome, durationMs } = delivery
  await inTransaction(async (tx) => {
    // Before the message: whoever answers an alert locks both in this order too.
    const alert = row.alertId === null ? null : await findAlertForUpdate(tx, row.alertId)
    const isObsolete = row.kind === 'fired' && alert !== null && alert.state !== 'firing'
    const next = nextState(row, outcome, isObsolete, delivery.random, now)
    if (!(await settleMessage(tx, row.id, holder, next))) return
    const answer = outcome.isSent ? outcome.answer : outcome.error.message
    await insertDelivery(tx, {
      workspaceId: row.workspaceId,
      outboxId: row.id,
      channelId: row.channelId,
      recipient: name,
      attempt: row.attempts,
      at: now,
      isSent: outcome.isSent,
      durationMs,
      answer: answer.slice(0, 500),
    })
    if (alert === null) return
    const what = row.kind === 'fired' ? 'Message' : `Message “${row.kind}”`
    const text = outcome.isSent
      ? `${what} sent to ${name} (attempt ${row.attempts}): ${answer}`
      : `${what} to ${name} failed (attempt ${row.attempts}): ${answer}`
    await insertTimeline(tx, { alertId: alert.id, at: now, kind: outcome.isSent ? 'sent' : 'failed', text })
    if (next.state !== 'dead') return
    const given = `${what} to ${name} was given up after ${row.attempts} ${row.attempts === 1 ? 'attempt' : 'attempts'}`
    await insertTimeline(tx, { alertId: alert.id, at: now, kind: 'dead', text: given })
    const { round, position } = row
    if (position === null || round !== alert.round) return
    if (await hasLiveMessage(tx, { alertId: alert.id, round, position })) return
    await skipToNextStep(tx, alert, position, now)
  })
}

function nextState(
  row: OutboxRow,
  outcome: Outcome,
  isObsolete: boolean,
  random: number,
  now: Date,
): Parameters<typeof settleMessage>[3] {
  if (outcome.isSent) return { state: 'sent', dueAt: row.dueAt, lastError: null, finishedAt: now }
  const { message, isPermanent, retryAfterSeconds } = outcome.error
  if (isPermanent || row.attempts >= MAX_ATTEMPTS) {
    return { state: 'dead', dueAt: row.dueAt, lastError: message, finishedAt: now }
  }
  if (isObsolete) return { state: 'canceled', dueAt: row.dueAt, lastError: message, finishedAt: now }
  const waitMs = Math.max(backOffMs(row.attempts, random), (retryAfterSeconds ?? 0) * 1_000)
  return { state: 'pending', dueAt: new Date(now.getTime() + waitMs), lastError: message, finishedAt: null }
}

/** The account that comes with the demo data has no mailbox: nothing of a demo goes out into the world. */
function mailboxOf(email: string): ChannelSettings {
  if (!email.endsWith(DEMO_DOMAIN)) return { kind: 'email', addresses: [email] }
  throw new SendError('The demo account has no mailbox. Its alerts are in the inbox.', true)
}

async function findRecipient(row: OutboxRow): Promise<Recipient | null> {
  return withPostgres(async (db) => {
    if (row.channelId !== null) {
      const channel = await findChannel(db, row.workspaceId, row.channelId)
      return channel && { name: channel.name, openSettings: () => openSettings(channel) }
    }
    const person = (await listRecipients(db, row.workspaceId)).find(({ id }) => id === row.userId) ?? null
    return person && { name: person.name, openSettings: () => mailboxOf(person.email) }
  })
}

function toMessage(row: OutboxRow, now: Date): AlertMessage {
  const env = readEnv()
  const origin = publicOrigin(env)
  const payload = messagePayload.parse(row.payload)
  const base = `${origin}/w/${encodeURIComponent(payload.workspaceSlug)}`
  const canAcknowledge = row.kind === 'fired' && row.alertId !== null && env.AUTH_SECRET !== undefined
  const recipient = row.channelId === null ? `u${row.userId}` : `c${row.channelId}`
  return {
    ...payload,
    messageKey: row.messageKey,
    kind: row.kind,
    alertId: row.alertId,
    incidentKey: `${new URL(origin).host}/${row.alertId === null ? row.messageKey : `alerts/${row.alertId}`}`,
    viewUrl: payload.facts === null ? `${base}/overview` : `${origin}${payload.facts.viewPath}`,
    alertUrl: row.alertId === null ? `${base}/alerts` : `${base}/alerts/${row.alertId}`,
    acknowledgeUrl: canAcknowledge
      ? `${origin}/acknowledge/${signAcknowledgement(env.AUTH_SECRET ?? '', { alertId: row.alertId ?? 0, recipient }, now)}`
      : null,
    at: row.createdAt,
  }
}

async function withTimeout(work: Promise<string>): Promise<string> {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new SendError(`No answer within ${ATTEMPT_MS / 1_000} s`, false)), ATTEMPT_MS)
  })
  try {
    return await Promise.race([work, timeout])
  } finally {
    clearTimeout(timer)
  }
}
