import { z } from 'zod'
import { isMonth } from '@/lib/close/month'
import { METHODS } from '@/lib/fixed-costs/spread-cost'

const month = z.string().trim().refine(isMonth, 'Enter a month such as 2026-10.')
const orNull = <T extends z.ZodType>(schema: T) => z.union([z.literal('').transform(() => null), schema])

/** A fixed cost as its form sends it; the messages say what to enter. */
export const costInput = z
  .object({
    name: z.string().trim().min(1, 'Enter a name.').max(100, 'Use at most 100 characters.'),
    /** Empty: all usage. */
    provider: z.string().trim().max(200, 'Use at most 200 characters.'),
    /** Separated by commas; empty: all of the provider's. */
    models: z
      .string()
      .max(2_000, 'Use at most 2,000 characters.')
      .transform((text) => [
        ...new Set(
          text
            .split(',')
            .map((each) => each.trim())
            .filter(Boolean),
        ),
      ]),
    amount: z
      .string()
      .trim()
      .regex(/^\d{1,12}(\.\d{1,2})?$/, 'Enter an amount such as 1200 or 99.50.')
      .refine((text) => Number(text) > 0, 'Enter an amount above 0.'),
    /** Empty: each month. */
    termMonths: orNull(z.coerce.number('Enter a number of months.').int().min(1).max(120, 'Use at most 120 months.')),
    firstMonth: month,
    lastMonth: orNull(month),
    method: z.enum(METHODS),
    capacityTokens: orNull(
      z
        .string()
        .trim()
        .regex(/^[1-9]\d{0,17}$/, 'Enter a whole number of tokens.'),
    ),
    capacityHours: orNull(
      z
        .string()
        .trim()
        .regex(/^(?=.*[1-9])\d{1,9}(\.\d{1,4})?$/, 'Enter hours above 0, such as 1460 or 730.5.'),
    ),
    reason: z.string().trim().min(1, 'Say why, for the audit log.').max(500, 'Use at most 500 characters.'),
  })
  .refine(({ firstMonth, lastMonth }) => lastMonth === null || lastMonth >= firstMonth, {
    path: ['lastMonth'],
    error: 'Enter a month from the first on.',
  })
  .refine(({ provider, models }) => models.length === 0 || provider !== '', {
    path: ['provider'],
    error: 'Name the provider of these models.',
  })
  .refine(({ capacityTokens, capacityHours }) => capacityTokens === null || capacityHours === null, {
    path: ['capacityHours'],
    error: 'Enter a capacity in tokens or in hours, not both.',
  })
  .refine(({ method, capacityHours }) => method === 'busyTime' || capacityHours === null, {
    path: ['capacityHours'],
    error: 'Hours are a capacity of costs that are spread by busy time.',
  })

export type CostInput = z.output<typeof costInput>
