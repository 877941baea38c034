import { z } from 'zod'

export const CHANNEL_KINDS = ['email', 'slack', 'teams', 'pagerduty', 'webhook'] as const
export type ChannelKind = (typeof CHANNEL_KINDS)[number]

export const CHANNEL_LABELS: Record<ChannelKind, string> = {
  email: 'E-mail',
  slack: 'Slack',
  teams: 'Microsoft Teams',
  pagerduty: 'PagerDuty',
  webhook: 'Webhook',
}

export const PAGERDUTY_URL = 'https://events.pagerduty.com/v2/enqueue'

/** How a channel is reached; all of it but the addresses of mail is kept sealed. */
export const channelSettings = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('email'), addresses: z.array(z.email()).min(1).max(20) }),
  z.object({ kind: z.literal('slack'), url: z.string() }),
  z.object({ kind: z.literal('teams'), url: z.string() }),
  z.object({ kind: z.literal('pagerduty'), url: z.string(), routingKey: z.string() }),
  z.object({ kind: z.literal('webhook'), url: z.string(), secret: z.string() }),
])
export type ChannelSettings = z.output<typeof channelSettings>

/** What may be shown of where a channel leads. Pure. */
export function showTarget(settings: ChannelSettings): string {
  if (settings.kind === 'email') return settings.addresses.join(', ')
  const { host } = new URL(settings.url)
  if (settings.kind === 'pagerduty') return `${host} …${settings.routingKey.slice(-4)}`
  return settings.kind === 'webhook' ? `${host}${new URL(settings.url).pathname}` : `${host}/…`
}
