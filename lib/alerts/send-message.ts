import 'server-only'
import { createTransport } from 'nodemailer'
import { Webhook } from 'standardwebhooks'
import { publicOrigin } from '@/lib/auth/public-origin'
import { readEnv } from '@/lib/env'
import type { AlertMessage } from './alert-message'
import type { ChannelSettings } from './channel-settings'
import { composeSlack, composeTeams } from './compose-chat'
import { composePagerDuty, composeWebhook } from './compose-events'
import { composeMail } from './compose-mail'
import { postSafely } from './post-safely'
import { SendError } from './send-error'

const MAIL_MS = 10_000

/**
 * Sends a message by a channel. It may arrive although this throws; its key, sent along, names it.
 * @returns what the other side answered, for the delivery log
 * @throws SendError
 */
export async function sendMessage(message: AlertMessage, settings: ChannelSettings): Promise<string> {
  switch (settings.kind) {
    case 'email':
      return sendMail(message, settings.addresses)
    case 'slack':
      return postJson(settings.url, composeSlack(message))
    case 'teams':
      return postJson(settings.url, composeTeams(message))
    case 'pagerduty':
      return postJson(settings.url, composePagerDuty(message, settings.routingKey))
    case 'webhook':
      return sendWebhook(message, settings)
  }
}

async function postJson(url: string, body: object, headers: Record<string, string> = {}): Promise<string> {
  const answer = await postSafely(url, {
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
  return answer.text
}

async function sendWebhook(message: AlertMessage, { url, secret }: { url: string; secret: string }): Promise<string> {
  const body = JSON.stringify(composeWebhook(message))
  const at = new Date()
  const answer = await postSafely(url, {
    headers: {
      'content-type': 'application/json',
      'webhook-id': message.messageKey,
      'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
      'webhook-signature': new Webhook(secret).sign(message.messageKey, at, body),
    },
    body,
  })
  return answer.text
}

async function sendMail(message: AlertMessage, addresses: readonly string[]): Promise<string> {
  const env = readEnv()
  if (!env.SMTP_URL) {
    throw new SendError('Mail cannot be sent: SMTP_URL is not set. Whoever runs Farthing can set it.', true)
  }
  const { hostname } = new URL(publicOrigin(env))
  const transport = createTransport({
    url: env.SMTP_URL,
    connectionTimeout: MAIL_MS,
    greetingTimeout: MAIL_MS,
    socketTimeout: MAIL_MS,
  })
  try {
    const info = await transport.sendMail({
      from: { name: 'Farthing', address: env.FARTHING_MAIL_FROM ?? `farthing@${hostname}` },
      to: [...addresses],
      // The same however often it is sent: mail clients show it once.
      messageId: `<${message.messageKey}@${hostname}>`,
      headers: { 'Auto-Submitted': 'auto-generated', 'X-Farthing-Incident': message.incidentKey },
      ...composeMail(message),
    })
    return info.response
  } catch (error) {
    throw toSendError(error)
  } finally {
    transport.close()
  }
}

function toSendError(error: unknown): SendError {
  if (!(error instanceof Error)) return new SendError('The mail server could not be reached', false)
  const status = 'responseCode' in error && typeof error.responseCode === 'number' ? error.responseCode : null
  const answer = 'response' in error && typeof error.response === 'string' ? error.response : null
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name
  // 4xx is "try again later"; 5xx is for good.
  return new SendError(answer ?? `The mail server could not be reached (${code})`, status !== null && status >= 500)
}
