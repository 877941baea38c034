import { z } from 'zod'
import { DATA_MODES, ENVIRONMENTS } from '@/lib/events/event-names'

/** What a key may do, as one choice. */
export const KEY_SCOPES = {
  ingest: ['ingest'],
  read: ['read'],
  both: ['ingest', 'read'],
} as const satisfies Record<string, readonly ('ingest' | 'read')[]>

/** Days after which a key ends, as offered. */
export const KEY_LIFETIMES_DAYS = [30, 90, 365] as const

const orNone = <Schema extends z.ZodType>(schema: Schema) =>
  z
    .literal('')
    .transform(() => null)
    .or(schema)
    .nullable()

/** What a new key is made of. A fixed environment or data mode is what its events get that name none. */
export const newKey = z.object({
  name: z
    .string()
    .trim()
    .min(1, 'Give the key a name, such as checkout-service.')
    .max(80, 'Use at most 80 characters.'),
  scope: z.enum(['ingest', 'read', 'both'], 'Choose what the key may do.'),
  lifetimeDays: orNone(z.coerce.number().int().min(1, 'Enter at least one day.').max(3650, 'Enter at most 3650 days.')),
  fixedEnvironment: orNone(z.enum(ENVIRONMENTS)),
  fixedDataMode: orNone(z.enum(DATA_MODES)),
})

export type NewKey = z.output<typeof newKey>
