import { z } from 'zod'
import { AppError } from '@/lib/errors'
import { SERVICE_TIERS } from '@/lib/events/event-names'
import type { ContextBand } from './price-book'
import { PRICED_CLASSES } from './price-usage'
import { findTierFaults } from './volume-tiers'

const MAX_UNIT_PRICE = 1_000
const TIME = /^([01]\d|2[0-3]):[0-5]\d$/

const name = z.string().trim().min(1, 'Enter a name.').max(200, 'Use at most 200 characters.')
const instant = z.coerce
  .date({ error: 'Enter an instant such as 2026-11-01T00:00:00Z.' })
  .min(new Date('1970-01-01T00:00:00Z'), 'Enter an instant from 1970 on.')
  .max(new Date('2200-01-01T00:00:00Z'), 'Enter an instant before 2200.')
  .nullable()
const time = z.string().regex(TIME, 'Enter a time of day (UTC) such as 09:30.').nullable()
const unitPrice = z
  .string()
  .regex(
    /^\d{1,4}(\.\d{1,18})?$/,
    'Enter USD per unit as a decimal with at most 18 fraction digits, such as 0.0000025.',
  )
  .refine((value) => Number(value) <= MAX_UNIT_PRICE, `Enter at most ${MAX_UNIT_PRICE} USD per unit.`)
const percent = z
  .string()
  .regex(/^\d{1,3}(\.\d{1,6})?$/, 'Enter a percentage such as 12.5.')
  .refine((value) => Number(value) > 0 && Number(value) <= 100, 'Enter a percentage above 0, at most 100.')
const contextBand = z
  .string()
  .regex(/^(base|>\d{1,9})$/, 'Enter `base`, or `>` and a number of input tokens such as >200000.')
  .transform((value): ContextBand => (value === 'base' ? value : `>${Number(value.slice(1))}`))
  .nullable()

const MAX_TIERS = 20

const volumeTier = z.strictObject({
  upTo: z
    .string()
    .regex(/^[1-9]\d{0,17}$/, 'Enter a whole number of units above 0 such as 1000000000.')
    .nullable(),
  unitPrice,
})
const volumeTiers = z
  .partialRecord(
    z.enum(PRICED_CLASSES),
    z
      .array(volumeTier)
      .min(1, 'Enter at least one tier.')
      .max(MAX_TIERS, `Enter at most ${MAX_TIERS} tiers of a class.`)
      .superRefine((tiers, context) => {
        for (const { at, message } of findTierFaults(tiers.map(({ upTo }) => upTo))) {
          context.addIssue({ code: 'custom', path: [at, 'upTo'], message })
        }
      }),
  )
  .refine((tiers) => Object.keys(tiers).length > 0, 'Enter at least one tier.')

/** A contract price as the screen and the API take it; the messages say what to enter. */
const contractInput = z
  .strictObject({
    /** Null: every workspace of the organisation. */
    workspaceId: z.number().int().positive().nullable(),
    provider: name,
    model: name,
    serviceTier: z.enum(SERVICE_TIERS).default('standard'),
    region: z.enum(['global', 'regional']).nullable().default(null),
    /** Null: the base band for unit prices and schedules, every band of the list for a discount. */
    contextBand: contextBand.default(null),
    effectiveFrom: instant.default(null),
    effectiveTo: instant.default(null),
    dailyFrom: time.default(null),
    dailyTo: time.default(null),
    terms: z.discriminatedUnion('kind', [
      z.strictObject({
        kind: z.literal('prices'),
        unitPrices: z
          .partialRecord(z.enum(PRICED_CLASSES), unitPrice)
          .refine((prices) => Object.keys(prices).length > 0, 'Enter at least one price.'),
      }),
      z.strictObject({ kind: z.literal('discount'), discountPercent: percent }),
      z.strictObject({ kind: z.literal('volume'), tiers: volumeTiers }),
    ]),
    /** The unit prices before they were converted, for who reads the contract. */
    given: z
      .strictObject({
        currency: z.string().regex(/^[A-Z]{3}$/),
        unitPrices: z.partialRecord(z.enum(PRICED_CLASSES), z.string()),
        volumeTiers: z.partialRecord(z.enum(PRICED_CLASSES), z.array(volumeTier)).optional(),
        rateToUsd: z.string(),
        rateDay: z.string(),
      })
      .nullable()
      .default(null),
    reason: z.string().trim().min(1, 'Say why, for the audit log.').max(500, 'Use at most 500 characters.'),
  })
  .refine(({ effectiveFrom, effectiveTo }) => !effectiveFrom || !effectiveTo || effectiveFrom < effectiveTo, {
    path: ['effectiveTo'],
    message: 'Enter an end after the beginning.',
  })
  .refine(({ dailyFrom, dailyTo }) => (dailyFrom === null) === (dailyTo === null), {
    path: ['dailyTo'],
    message: 'Enter both times of day, or neither.',
  })

export type ContractInput = z.input<typeof contractInput>

/**
 * A contract price, checked; without a band unit prices and schedules are of the base band.
 * @throws AppError `invalid_query` that says what to enter; `details.issues` tells it by field.
 */
export function parseContractInput(input: ContractInput): z.output<typeof contractInput> {
  const parsed = contractInput.safeParse(input)
  if (parsed.success) {
    const { terms, contextBand } = parsed.data
    return { ...parsed.data, contextBand: terms.kind === 'discount' ? contextBand : (contextBand ?? 'base') }
  }
  const [issue] = parsed.error.issues
  const path = issue?.path.join('.') ?? ''
  throw new AppError('invalid_query', `${path === '' ? '' : `${path}: `}${issue?.message ?? 'Check the price.'}`, {
    details: { issues: z.flattenError(parsed.error) },
  })
}
