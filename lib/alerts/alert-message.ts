import { z } from 'zod'
import { alertFacts, alertSeverity } from './alert-facts'

const MESSAGE_KINDS = ['fired', 'acknowledged', 'resolved', 'test'] as const

/** What a message says, as it was when it was written to the outbox. */
export const messagePayload = z.object({
  severity: alertSeverity,
  isDrill: z.boolean(),
  workspaceSlug: z.string(),
  workspaceName: z.string(),
  timeZone: z.string(),
  ownerName: z.string().nullable(),
  /** Who acknowledged, or why it is resolved. */
  note: z.string().nullable(),
  /** Null: the test of a channel. */
  facts: alertFacts.nullable(),
})

export type MessagePayload = z.output<typeof messagePayload>
export type MessageKind = (typeof MESSAGE_KINDS)[number]

/** A message ready to be written out for one recipient. */
export type AlertMessage = MessagePayload & {
  /** Names this message for good: whoever gets it twice knows it by this. */
  messageKey: string
  kind: MessageKind
  alertId: number | null
  /** Names the alert for good, over trigger, acknowledgement and resolution. */
  incidentKey: string
  viewUrl: string
  alertUrl: string
  /** Null where there is nothing to acknowledge. */
  acknowledgeUrl: string | null
  at: Date
}
