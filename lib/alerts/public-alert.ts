import { z } from 'zod'
import { alertFacts, alertSeverity } from './alert-facts'
import { ALERT_SOURCES, ALERT_STATES } from './alert-search'

const instant = z.iso.datetime()

/** An alert as the API gives it. */
export const publicAlert = alertFacts.extend({
  id: z.number().int(),
  state: z.enum(ALERT_STATES),
  severity: alertSeverity,
  source: z.enum(ALERT_SOURCES),
  isDrill: z.boolean(),
  firedAt: instant,
  updatedAt: instant,
  acknowledgedAt: instant.nullable(),
  acknowledgedBy: z.string().nullable(),
  snoozedUntil: instant.nullable(),
  resolvedAt: instant.nullable(),
  resolvedReason: z.string().nullable(),
})
