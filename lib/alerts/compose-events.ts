import type { AlertMessage, MessageKind } from './alert-message'
import { headlineOf } from './message-lines'

const ACTIONS: Record<MessageKind, 'trigger' | 'acknowledge' | 'resolve'> = {
  fired: 'trigger',
  acknowledged: 'acknowledge',
  resolved: 'resolve',
  test: 'trigger',
}

/** An event for the Events API v2 of PagerDuty; trigger, acknowledgement and resolution have the same key. Pure. */
export function composePagerDuty(message: AlertMessage, routingKey: string): object {
  const event_action = ACTIONS[message.kind]
  const event = { routing_key: routingKey, event_action, dedup_key: message.incidentKey }
  if (event_action !== 'trigger') return event
  const { facts } = message
  return {
    ...event,
    client: 'Farthing',
    client_url: message.alertUrl,
    links: [{ href: message.viewUrl, text: 'Open the view' }],
    payload: {
      summary: headlineOf(message).slice(0, 1_024),
      source: message.workspaceSlug,
      severity: message.severity,
      timestamp: facts?.since ?? message.at.toISOString(),
      component: facts?.scope ?? message.workspaceName,
      custom_details: {
        drill: message.isDrill,
        owner: message.ownerName,
        ...(facts === null
          ? {}
          : {
              crossed: facts.crossed,
              value: facts.value,
              threshold: facts.threshold,
              unit: facts.unit,
              sharePercent: facts.sharePercent,
              drivers: facts.drivers,
              nextStep: facts.nextStep,
            }),
      },
    },
  }
}

const TYPES: Record<MessageKind, string> = {
  fired: 'alert.firing',
  acknowledged: 'alert.acknowledged',
  resolved: 'alert.resolved',
  test: 'channel.test',
}

/** The body of a generic webhook. `id` stays the same however often a message is sent. Pure. */
export function composeWebhook(message: AlertMessage): object {
  return {
    id: message.messageKey,
    type: TYPES[message.kind],
    timestamp: message.at.toISOString(),
    data: {
      incident: message.incidentKey,
      alertId: message.alertId,
      workspace: message.workspaceSlug,
      severity: message.severity,
      isDrill: message.isDrill,
      owner: message.ownerName,
      note: message.note,
      ...(message.facts ?? {}),
      viewUrl: message.viewUrl,
      alertUrl: message.alertUrl,
      acknowledgeUrl: message.acknowledgeUrl,
    },
  }
}
