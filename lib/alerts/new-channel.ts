import { z } from 'zod'
import { CHANNEL_KINDS, PAGERDUTY_URL } from './channel-settings'

const addresses = z
  .string()
  .transform((text) => text.split(/[\s,;]+/).filter((part) => part !== ''))
  .pipe(
    z
      .array(z.email('Enter e-mail addresses, separated by commas.').max(320))
      .min(1, 'Enter at least one e-mail address.')
      .max(20, 'At most 20 addresses; use a mailing list.'),
  )

type NewTarget =
  | { kind: 'email'; addresses: string[] }
  | { kind: 'slack' | 'teams'; url: string }
  | { kind: 'webhook'; url: string }
  | { kind: 'pagerduty'; url: string; routingKey: string }

/** What the form of a channel sends: its name, its kind, where it leads, and for PagerDuty the routing key. */
export const newChannel = z
  .object({
    name: z.string().trim().min(1, 'Give it a name.').max(80),
    kind: z.enum(CHANNEL_KINDS, 'Choose a kind.'),
    target: z.string().trim().max(2_000).default(''),
    routingKey: z.string().trim().max(64).default(''),
  })
  .transform(({ name, kind, target, routingKey }, context): { name: string; target: NewTarget } => {
    const refuse = (field: string, message: string) => {
      context.addIssue({ code: 'custom', path: [field], message })
      return z.NEVER
    }
    if (kind === 'email') {
      const parsed = addresses.safeParse(target)
      if (!parsed.success) return refuse('target', parsed.error.issues[0]?.message ?? 'Enter an e-mail address.')
      return { name, target: { kind, addresses: parsed.data } }
    }
    if (kind === 'pagerduty') {
      if (!/^\w{20,64}$/.test(routingKey)) return refuse('routingKey', 'Enter the integration key of the service.')
      return { name, target: { kind, url: target || PAGERDUTY_URL, routingKey } }
    }
    if (!URL.canParse(target)) return refuse('target', 'Enter an address that begins with https://.')
    return { name, target: { kind, url: target } }
  })

export type NewChannel = z.output<typeof newChannel>
