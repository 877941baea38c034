import 'server-only'
import { randomUUID } from 'node:crypto'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import { type AddressInfo, isIPv4 } from 'node:net'
import { asc, eq } from 'drizzle-orm'
import { SMTPServer } from 'smtp-server'
import { postgres } from '@/db/postgres/client'
import { insertChannel } from '@/db/postgres/queries/channels'
import { insertPath, replaceSteps } from '@/db/postgres/queries/escalation-paths'
import { alerts, alertTimeline, outbox } from '@/db/postgres/schema'
import { inTransaction } from '@/db/postgres/transaction'
import type { AlertFacts } from './alert-facts'
import type { AlertDraft } from './alert-sink'
import { keepSettings } from './channel-secrets'
import type { ChannelSettings } from './channel-settings'
import type { EscalationStep } from './escalation-step'

/** For tests: what an alert says. */
export const FACTS: AlertFacts = {
  title: 'checkout budget: 80 % of actual spend crossed',
  scope: 'Checkout · prod · November 2026',
  crossed: 'Actual spend $812.40 crossed 80 % ($800.00) of $1,000.00',
  value: '812.4',
  threshold: '800',
  unit: 'USD',
  sharePercent: '81.24',
  since: '2026-11-02T12:00:00Z',
  drivers: [
    { label: 'POST /checkout', value: '$402.10', change: '+38 %' },
    { label: '<img src=x onerror=alert(1)>', value: '$210.00', change: null },
  ],
  nextStep: 'Look at the endpoints that grew, or raise the budget.',
  viewPath: '/w/shop/endpoints?range=month',
  windowStart: '2026-11-01T00:00:00Z',
  windowEnd: '2026-12-01T00:00:00Z',
  isRevision: false,
}

/** For tests: an alert to raise. */
export function draftOf(workspaceId: number, more: Partial<AlertDraft> = {}): AlertDraft {
  return {
    workspaceId,
    dedupKey: randomUUID(),
    source: 'budget',
    sourceId: null,
    severity: 'warning',
    facts: FACTS,
    ownerId: null,
    backupId: null,
    escalationPathId: null,
    ...more,
  }
}

/** For tests: a channel of a workspace. */
export async function addChannel(workspaceId: number, settings: ChannelSettings): Promise<number> {
  const id = await inTransaction((tx) =>
    insertChannel(tx, { workspaceId, name: randomUUID(), ...keepSettings(workspaceId, settings) }),
  )
  if (id === null) throw new Error('no channel was made')
  return id
}

/** For tests: the default path of a workspace. */
export async function addPath(workspaceId: number, steps: readonly EscalationStep[]): Promise<number> {
  return inTransaction(async (tx) => {
    const id = await insertPath(tx, { workspaceId, name: randomUUID(), isDefault: true })
    if (id === null) throw new Error('no path was made')
    const rows = steps.map(({ target, ...step }) => ({
      ...step,
      targetKind: target.kind,
      targetUserId: target.kind === 'member' ? target.userId : null,
      targetRole: target.kind === 'role' ? target.role : null,
      targetChannelId: target.kind === 'channel' ? target.channelId : null,
    }))
    await replaceSteps(tx, id, rows)
    return id
  })
}

/** For tests: an alert as it is stored. */
export async function readAlert(id: number) {
  const [alert] = await postgres().select().from(alerts).where(eq(alerts.id, id))
  if (!alert) throw new Error('there is no such alert')
  return alert
}

/** For tests: kinds of the entries of an alert's timeline, in order. */
export async function readTimeline(id: number): Promise<string[]> {
  const rows = await postgres()
    .select()
    .from(alertTimeline)
    .where(eq(alertTimeline.alertId, id))
    .orderBy(asc(alertTimeline.id))
  return rows.map(({ kind }) => kind)
}

/** For tests: the messages of an alert, in order. */
export async function readMessages(alertId: number) {
  return postgres().select().from(outbox).where(eq(outbox.alertId, alertId)).orderBy(asc(outbox.id))
}

export type Received = { path: string; headers: IncomingHttpHeaders; body: string }

/** For tests: a server that notes what it gets and answers what it is told to. */
export async function startReceiver(answer: (received: Received) => number = () => 200) {
  const received: Received[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const one = { path: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks).toString('utf8') }
      received.push(one)
      const status = answer(one)
      const headers = status >= 300 && status < 400 ? { location: 'http://169.254.169.254/latest/meta-data' } : {}
      response.writeHead(status, headers).end(status === 200 ? 'ok' : 'no')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  const { port } = addressOf(server.address())
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    received,
    stop: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}

/** For tests: a mail server that keeps what it gets. */
export async function startMailServer() {
  const mails: { to: string[]; text: string }[] = []
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onRcptTo: (address, _session, callback) =>
      callback(
        address.address.startsWith('bounce') ? Object.assign(new Error('no such box'), { responseCode: 550 }) : null,
      ),
    onData: (stream, session, callback) => {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        mails.push({
          to: session.envelope.rcptTo.map(({ address }) => address),
          text: Buffer.concat(chunks).toString('utf8'),
        })
        callback()
      })
    },
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  const { port } = addressOf(server.server.address())
  return { url: `smtp://127.0.0.1:${port}`, mails, stop: () => new Promise<void>((resolve) => server.close(resolve)) }
}

function addressOf(address: AddressInfo | string | null): AddressInfo {
  if (address === null || typeof address === 'string' || !isIPv4(address.address)) throw new Error('no address')
  return address
}
