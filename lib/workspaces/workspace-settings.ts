import { z } from 'zod'
import { DATA_MODES, ENVIRONMENTS } from '@/lib/events/event-names'
import { isTimeZone } from '@/lib/time'

const name = z.string().trim().min(1, 'Give it a name.').max(80, 'Use at most 80 characters.')

const timeZone = z.string().refine(isTimeZone, 'Choose a time zone of the list, such as Europe/Berlin.')

const atLeastOne = 'Choose at least one; the default scope cannot be empty.'

/** The currency of the ledger, and so far of every view. */
export const VIEW_CURRENCIES = ['USD'] as const

/** Shortest and longest retention in days. */
const RETENTION_DAYS = { min: 30, max: 3650 } as const

/** What can be set of a workspace. `retentionDays` null keeps users, ids and tags for ever. */
export const workspaceSettings = z.object({
  name,
  timeZone,
  currency: z.string().regex(/^[A-Z]{3}$/, 'Choose a currency of the list.'),
  fiscalYearStartMonth: z.coerce.number().int().min(1, 'Choose a month.').max(12, 'Choose a month.'),
  defaultEnvironments: z.array(z.enum(ENVIRONMENTS)).min(1, atLeastOne),
  defaultDataModes: z.array(z.enum(DATA_MODES)).min(1, atLeastOne),
  costPreference: z.enum(['reported', 'book'], 'Choose which cost wins.'),
  retentionDays: z
    .literal('')
    .transform(() => null)
    .or(
      z.coerce
        .number('Enter a whole number of days, or leave it empty.')
        .int('Enter a whole number of days, or leave it empty.')
        .min(RETENTION_DAYS.min, `Keep at least ${RETENTION_DAYS.min} days, so that a month can be closed.`)
        .max(RETENTION_DAYS.max, `Enter at most ${RETENTION_DAYS.max} days, or leave it empty to keep everything.`),
    )
    .nullable(),
})

export type WorkspaceSettingsInput = z.output<typeof workspaceSettings>

/** What a new workspace starts with; the rest has the product's defaults. */
export const newWorkspace = z.object({
  name,
  slug: z
    .string()
    .trim()
    .regex(
      /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/,
      'Use 1 to 63 lower-case letters, digits and inner hyphens, such as team-search.',
    ),
  timeZone,
})

export type NewWorkspace = z.output<typeof newWorkspace>
