import 'server-only'
import { randomBytes, randomUUID } from 'node:crypto'
import { findChannel, insertChannel, updateChannel } from '@/db/postgres/queries/channels'
import { insertMessages, retryMessage } from '@/db/postgres/queries/outbox'
import { inTransaction } from '@/db/postgres/transaction'
import { recordAudit } from '@/lib/audit/record-audit'
import { actorOf, authorizeChange, type Person } from '@/lib/auth/person'
import { AppError } from '@/lib/errors'
import type { MessagePayload } from './alert-message'
import { keepSettings } from './channel-secrets'
import type { ChannelSettings } from './channel-settings'
import type { NewChannel } from './new-channel'
import { checkTargetUrl } from './post-safely'
import { SendError } from './send-error'

/**
 * Adds a channel. Where it leads must be an address that messages may go to. The signing secret of a webhook is made here and
 * handed over once.
 * @throws AppError `not_found`, `forbidden`, `conflict` when the address may not be reached or the name is taken,
 *   `unavailable`; SealError when secrets cannot be kept.
 */
export async function addChannel(person: Person, slug: string, input: NewChannel): Promise<{ secret: string | null }> {
  const { workspace } = await authorizeChange(person, slug, 'manageChannels')
  const settings = toSettings(input)
  if (settings.kind !== 'email') await requireTarget(settings.url)
  const kept = keepSettings(workspace.id, settings)
  await inTransaction(async (tx) => {
    const id = await insertChannel(tx, { workspaceId: workspace.id, name: input.name, ...kept })
    if (id === null) throw new AppError('conflict', `There is a channel ${input.name} already. Choose another name.`)
    await recordAudit(
      {
        actor: actorOf(person),
        workspaceId: workspace.id,
        action: 'channel.added',
        target: { kind: 'channel', id: String(id), name: input.name },
        after: { kind: kept.kind, target: kept.target },
      },
      tx,
    )
  })
  return { secret: settings.kind === 'webhook' ? settings.secret : null }
}

/**
 * Takes a channel out of use: steps that name it tell nobody from now on, and the next step is told at once.
 * @throws AppError `not_found`, `forbidden`, `conflict`, `unavailable`.
 */
export async function removeChannel(person: Person, slug: string, id: number, now: Date): Promise<void> {
  const { workspace } = await authorizeChange(person, slug, 'manageChannels')
  await inTransaction(async (tx) => {
    const channel = await findChannel(tx, workspace.id, id)
    if (!channel) throw new AppError('not_found', 'There is no such channel.')
    await updateChannel(tx, id, { removedAt: now })
    await recordAudit(
      {
        actor: actorOf(person),
        workspaceId: workspace.id,
        action: 'channel.removed',
        target: { kind: 'channel', id: String(id), name: channel.name },
        before: { kind: channel.kind, target: channel.target },
      },
      tx,
    )
  })
}

/**
 * Sends a test message by a channel, the way every message goes; the delivery log says how it went.
 * @throws AppError `not_found`, `forbidden`, `conflict`, `unavailable`.
 */
export async function testChannel(person: Person, slug: string, id: number, now: Date): Promise<void> {
  const { workspace } = await authorizeChange(person, slug, 'manageChannels')
  await inTransaction(async (tx) => {
    const channel = await findChannel(tx, workspace.id, id)
    if (!channel) throw new AppError('not_found', 'There is no such channel.')
    const payload: MessagePayload = {
      severity: 'info',
      isDrill: false,
      workspaceSlug: workspace.slug,
      workspaceName: workspace.name,
      timeZone: workspace.timeZone,
      ownerName: null,
      note: null,
      facts: null,
    }
    const message = {
      messageKey: `test-${randomUUID()}`,
      workspaceId: workspace.id,
      alertId: null,
      kind: 'test' as const,
    }
    await insertMessages(tx, [{ ...message, channelId: id, userId: null, position: null, payload }], now)
    await recordAudit(
      {
        actor: actorOf(person),
        workspaceId: workspace.id,
        action: 'channel.tested',
        target: { kind: 'channel', id: String(id), name: channel.name },
      },
      tx,
    )
  })
}

/**
 * Puts a message that was given up back in line.
 * @throws AppError `not_found` when there is no such dead letter, `forbidden`, `conflict`, `unavailable`.
 */
export async function retryDeadLetter(person: Person, slug: string, id: number, now: Date): Promise<void> {
  const { workspace } = await authorizeChange(person, slug, 'editAlerts')
  await inTransaction(async (tx) => {
    if (!(await retryMessage(tx, workspace.id, id, now))) {
      throw new AppError('not_found', 'There is no such dead letter any more.')
    }
    await recordAudit(
      {
        actor: actorOf(person),
        workspaceId: workspace.id,
        action: 'message.retried',
        target: { kind: 'message', id: String(id), name: `message ${id}` },
      },
      tx,
    )
  })
}

function toSettings({ target }: NewChannel): ChannelSettings {
  if (target.kind !== 'webhook') return target
  return { ...target, secret: `whsec_${randomBytes(24).toString('base64')}` }
}

async function requireTarget(url: string): Promise<void> {
  try {
    await checkTargetUrl(url)
  } catch (error) {
    if (error instanceof SendError) throw new AppError('conflict', error.message)
    throw error
  }
}
