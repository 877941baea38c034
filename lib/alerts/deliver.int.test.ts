import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { eq } from 'drizzle-orm'
import { Webhook } from 'standardwebhooks'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { closePostgres, postgres } from '@/db/postgres/client'
import { listDeliveries } from '@/db/postgres/queries/outbox'
import { users } from '@/db/postgres/schema'
import { actorOf } from '@/lib/auth/person'
import { type AccessFixture, mintAccess } from '@/lib/members/access-fixture'
import { appointOwners } from '@/lib/workspaces/appoint-owners'
import { verifyAcknowledgement } from './acknowledge-link'
import {
  addChannel,
  addPath,
  draftOf,
  type Received,
  readAlert,
  readMessages,
  startMailServer,
  startReceiver,
} from './alert-fixture'
import { acknowledgeAlert } from './answer-alert'
import type { ChannelSettings } from './channel-settings'
import { deliverDueMessages } from './deliver'
import { escalateDueAlerts } from './escalate'
import { raiseAlert, resolveAlert } from './raise-alert'

const START = new Date('2026-11-02T12:00:00Z')
const LEASE_MS = 60_000
const minute = (minutes: number) => new Date(START.getTime() + minutes * 60_000)
const SECRET = `whsec_${Buffer.alloc(24, 5).toString('base64')}`

let mail: Awaited<ReturnType<typeof startMailServer>>
beforeAll(async () => {
  mail = await startMailServer()
  process.env.SMTP_URL = mail.url
  process.env.FARTHING_ALLOW_PRIVATE_WEBHOOKS = '127.0.0.1'
  process.env.FARTHING_PUBLIC_URL = 'https://farthing.example'
})
afterAll(async () => {
  for (const name of ['SMTP_URL', 'FARTHING_ALLOW_PRIVATE_WEBHOOKS', 'FARTHING_PUBLIC_URL']) delete process.env[name]
  await mail.stop()
})

let answers: number[]
let receiver: Awaited<ReturnType<typeof startReceiver>>
let access: AccessFixture
beforeEach(async () => {
  answers = []
  receiver = await startReceiver(() => answers.shift() ?? 200)
  access = await mintAccess()
})
afterEach(() => receiver.stop())

const channel = async (settings: ChannelSettings) => ({
  kind: 'channel' as const,
  channelId: await addChannel(access.workspaceId, settings),
})
const webhook = () => channel({ kind: 'webhook', url: `${receiver.url}/hook`, secret: SECRET })
const once = (target: Awaited<ReturnType<typeof webhook>>) => ({ afterMinutes: 0, target, repeatEveryMinutes: null })
const json = (received: Received | undefined) =>
  z.record(z.string(), z.unknown()).parse(JSON.parse(received?.body ?? ''))

describe('what arrives', () => {
  it('is mail in HTML and text, with all that is needed to act', async () => {
    const { people, slug } = access
    await appointOwners(people.owner, slug, { budgetOwnerId: people.editor.id, backupOwnerId: null })
    const { id } = await raiseAlert(draftOf(access.workspaceId), START)
    await deliverDueMessages('a', START)
    const received = mail.mails.at(-1)
    expect(received?.to).toEqual([people.editor.email])
    const text = (received?.text ?? '')
      .replace(/=\r\n/g, '')
      .replace(/=3D/g, '=')
      .replace(/\r\n +/g, ' ')
    for (const part of [
      'Subject: Firing, warning: checkout budget: 80 % of actual spend crossed',
      'Actual spend $812.40 crossed 80 % ($800.00) of $1,000.00',
      'Driver 1: POST /checkout: $402.10 (+38 %)',
      'Share: 81.24%',
      'Owner: editor',
      'https://farthing.example/w/shop/endpoints?range=month',
      '&lt;img src=x onerror=alert(1)&gt;',
      `Message-ID: <alert-${id}-r1-s0-n0-${people.editor.id}@farthing.example>`,
    ]) {
      expect(text).toContain(part)
    }
    expect(text.slice(text.indexOf('<!doctype'))).not.toContain('<img')
    const token = /acknowledge\/([\w.-]+)/.exec(text)?.[1] ?? ''
    const claim = { alertId: id, recipient: `u${people.editor.id}` }
    expect(verifyAcknowledgement(process.env.AUTH_SECRET ?? '', token, minute(1))).toEqual(claim)
    expect(verifyAcknowledgement('another secret', token, minute(1))).toBeNull()
    expect(verifyAcknowledgement(process.env.AUTH_SECRET ?? '', token.replace(/^\d+/, '987654'), minute(1))).toBeNull()
    expect(verifyAcknowledgement(process.env.AUTH_SECRET ?? '', token, minute(31 * 24 * 60))).toBeNull()
  })

  it('is a signed webhook whose id stays the same over retries', async () => {
    await addPath(access.workspaceId, [once(await webhook())])
    answers = [500, 429]
    const { id } = await raiseAlert(draftOf(access.workspaceId), START)
    for (const at of [0, 1, 2]) await deliverDueMessages('a', minute(at))
    expect(receiver.received).toHaveLength(3)
    expect(new Set(receiver.received.map(({ headers }) => headers['webhook-id'])).size).toBe(1)
    for (const { body, headers } of receiver.received) {
      const signed = z.object({
        'webhook-id': z.string(),
        'webhook-timestamp': z.string(),
        'webhook-signature': z.string(),
      })
      expect(new Webhook(SECRET).verify(body, signed.parse(headers))).toMatchObject({ type: 'alert.firing' })
    }
    const log = await listDeliveries({ workspaceId: access.workspaceId, limit: 10 })
    expect(log.map(({ isSent, attempt, answer }) => [isSent, attempt, answer])).toEqual([
      [true, 3, 'HTTP 200: ok'],
      [false, 2, 'HTTP 429: no'],
      [false, 1, 'HTTP 500: no'],
    ])
    expect((await readMessages(id)).map(({ state }) => state)).toEqual(['sent'])
  })

  it('has one PagerDuty key over trigger, acknowledgement and resolution', async () => {
    const settings = { kind: 'pagerduty', url: `${receiver.url}/v2/enqueue`, routingKey: 'R'.repeat(32) } as const
    await addPath(access.workspaceId, [once(await channel(settings))])
    const draft = draftOf(access.workspaceId)
    const { id } = await raiseAlert(draft, START)
    await deliverDueMessages('a', START)
    const actor = actorOf(access.people.viewer)
    await acknowledgeAlert({ workspaceId: access.workspaceId, alertId: id, actor, by: 'Vera', way: 'inbox' }, minute(1))
    await deliverDueMessages('a', minute(1))
    await resolveAlert(access.workspaceId, draft.dedupKey, 'recovered', minute(2))
    await deliverDueMessages('a', minute(2))
    const events = receiver.received.map(json)
    expect(events.map(({ event_action }) => event_action)).toEqual(['trigger', 'acknowledge', 'resolve'])
    expect(new Set(events.map(({ dedup_key }) => dedup_key))).toEqual(new Set([`farthing.example/alerts/${id}`]))
  })

  it('is a Slack message in blocks and a Teams card, with names that are no markup', async () => {
    const slack = await channel({ kind: 'slack', url: `${receiver.url}/slack` })
    const teams = await channel({ kind: 'teams', url: `${receiver.url}/teams` })
    await addPath(access.workspaceId, [once(slack), once(teams)])
    const hostile = { ...draftOf(access.workspaceId).facts, title: '<!channel> [x](https://evil.example)' }
    await raiseAlert(draftOf(access.workspaceId, { facts: hostile }), START)
    await deliverDueMessages('a', START)
    const slackBody = receiver.received.find(({ path }) => path === '/slack')
    expect(json(slackBody).text).toContain('&lt;!channel&gt;')
    expect(slackBody?.body).not.toContain('mrkdwn')
    const teamsBody = receiver.received.find(({ path }) => path === '/teams')
    expect(teamsBody?.body).toContain('\\\\[x\\\\]\\\\(https')
    expect(json(teamsBody)).toMatchObject({ type: 'message' })
  })

  it('goes to the next step at once when the first is refused for good', async () => {
    const refused = await channel({ kind: 'email', addresses: ['bounce@example.com'] })
    await addPath(access.workspaceId, [once(refused), { ...once(await webhook()), afterMinutes: 60 }])
    const { id } = await raiseAlert(draftOf(access.workspaceId), START)
    await deliverDueMessages('a', START)
    await deliverDueMessages('a', START)
    expect((await readMessages(id)).map(({ state, lastError }) => [state, lastError])).toEqual([
      ['dead', expect.stringContaining('no such box')],
      ['sent', null],
    ])
    expect(receiver.received).toHaveLength(1)
  })
})

it('sends nothing to the account of the demo', async () => {
  const { owner, editor } = access.people
  await appointOwners(owner, access.slug, { budgetOwnerId: editor.id, backupOwnerId: null })
  await postgres()
    .update(users)
    .set({ email: `${access.slug}@farthing.local` })
    .where(eq(users.id, editor.id))
  await addPath(access.workspaceId, [{ afterMinutes: 0, target: { kind: 'owner' }, repeatEveryMinutes: null }])
  const { id } = await raiseAlert(draftOf(access.workspaceId), START)
  await deliverDueMessages('a', START)
  expect((await readMessages(id)).map(({ state, lastError }) => [state, lastError])).toEqual([
    ['dead', 'The demo account has no mailbox. Its alerts are in the inbox.'],
  ])
})

describe('how often it arrives', () => {
  it('is once each for 50 crossings that two workers see at the same time', async () => {
    await addPath(access.workspaceId, [once(await webhook())])
    const drafts = Array.from({ length: 50 }, (_, at) => draftOf(access.workspaceId, { dedupKey: `budget:1:${at}` }))
    const work = async (holder: string) => {
      for (const draft of drafts) await raiseAlert(draft, START)
      for (let turn = 0; turn < 3; turn += 1) {
        await escalateDueAlerts(START)
        await deliverDueMessages(holder, START)
      }
    }
    await Promise.all([work('one'), work('two')])
    expect(receiver.received).toHaveLength(50)
    expect(new Set(receiver.received.map(({ headers }) => headers['webhook-id'])).size).toBe(50)
  })

  it.each([
    ['before', 1],
    ['after', 2],
  ] as const)('survives kill -9 %s the message is on its way: %d with one key', async (place, count) => {
    await addPath(access.workspaceId, [once(await webhook())])
    const { id } = await raiseAlert(draftOf(access.workspaceId), START)
    const script = fileURLToPath(new URL('deliver-and-die.ts', import.meta.url))
    const child = spawn(
      process.execPath,
      ['--conditions=react-server', '--import', 'tsx', script, place, START.toISOString()],
      { env: process.env, stdio: 'inherit' },
    )
    const signal = await new Promise((resolve) => child.once('exit', (_, name) => resolve(name)))
    expect(signal).toBe('SIGKILL')
    expect((await readMessages(id)).map(({ state }) => state)).toEqual(['sending'])
    await deliverDueMessages('another', new Date(START.getTime() + LEASE_MS))
    expect((await readMessages(id)).map(({ state }) => state)).toEqual(['sending'])
    await deliverDueMessages('another', new Date(START.getTime() + LEASE_MS + 1))
    expect((await readMessages(id)).map(({ state, attempts }) => [state, attempts])).toEqual([['sent', 2]])
    expect(receiver.received).toHaveLength(count)
    expect(new Set(receiver.received.map(({ headers }) => headers['webhook-id'])).size).toBe(1)
  })

  it('keeps timers and acknowledgements over a restart', async () => {
    await addPath(access.workspaceId, [once(await webhook()), { ...once(await webhook()), afterMinutes: 15 }])
    const left = await raiseAlert(draftOf(access.workspaceId), START)
    const taken = await raiseAlert(draftOf(access.workspaceId), START)
    const actor = actorOf(access.people.viewer)
    const answer = { workspaceId: access.workspaceId, alertId: taken.id, actor, by: 'Vera', way: 'api' as const }
    await deliverDueMessages('a', START)
    await acknowledgeAlert(answer, minute(1))
    await closePostgres()
    expect(await readAlert(left.id)).toMatchObject({ state: 'firing', dueAt: minute(15) })
    await escalateDueAlerts(minute(15))
    await deliverDueMessages('b', minute(15))
    const ids = receiver.received.map(({ body }) =>
      z.object({ data: z.object({ alertId: z.number() }) }).parse(JSON.parse(body)),
    )
    expect(ids.filter(({ data }) => data.alertId === left.id)).toHaveLength(2)
    expect(await readAlert(taken.id)).toMatchObject({ state: 'acknowledged', acknowledgedBy: 'Vera' })
  })
})
