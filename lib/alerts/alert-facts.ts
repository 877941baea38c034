import { z } from 'zod'

export const ALERT_SEVERITIES = ['info', 'warning', 'critical'] as const

export const alertSeverity = z.enum(ALERT_SEVERITIES)

const decimalText = z.string().regex(/^-?\d+(\.\d+)?$/)
const instantText = z.iso.datetime()

/** What an alert says, wherever it is shown: in messages, the inbox and the API. Numbers are Decimal strings. */
export const alertFacts = z.object({
  title: z.string(),
  /** Workspace, filter and period in words. */
  scope: z.string(),
  /** What crossed what, formatted. */
  crossed: z.string(),
  /** Null: there were no data. */
  value: decimalText.nullable(),
  threshold: decimalText.nullable(),
  unit: z.enum(['USD', 'ratio', 'count', 'tokens', 'ms']),
  /** Value ÷ threshold's whole, in percent. */
  sharePercent: decimalText.nullable(),
  since: instantText,
  drivers: z.array(z.object({ label: z.string(), value: z.string(), change: z.string().nullable() })).max(3),
  nextStep: z.string(),
  /** Path of the exact view in the console. */
  viewPath: z.string().startsWith('/w/'),
  windowStart: instantText,
  windowEnd: instantText,
  /** Late events moved a period that was over. */
  isRevision: z.boolean(),
})

export type AlertFacts = z.output<typeof alertFacts>
export type AlertSeverity = z.output<typeof alertSeverity>
