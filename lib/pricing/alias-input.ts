import { z } from 'zod'

const sentName = z.string().min(1, 'Enter the name as it was sent.').max(200, 'Use at most 200 characters.')
const name = z.string().trim().toLowerCase().min(1, 'Enter a name.').max(200, 'Use at most 200 characters.')
const instant = z.coerce
  .date({ error: 'Enter an instant such as 2026-11-01T00:00:00Z.' })
  .min(new Date('1970-01-01T00:00:00Z'), 'Enter an instant from 1970 on.')
  .max(new Date('2200-01-01T00:00:00Z'), 'Enter an instant before 2200.')
  .nullable()

/** What a name stands for, before anybody says why. */
export const aliasDraft = z
  .object({
    /** Null: every workspace of the organisation. */
    workspaceId: z.number().int().positive().nullable(),
    /** Exactly as sent. */
    rawProvider: sentName,
    rawModel: sentName,
    provider: name,
    model: name,
    effectiveFrom: instant.default(null),
    effectiveTo: instant.default(null),
  })
  .refine(({ effectiveFrom: from, effectiveTo: to }) => from === null || to === null || from < to, {
    path: ['effectiveTo'],
    message: 'Enter an end after the beginning.',
  })

export type AliasDraftInput = z.input<typeof aliasDraft>
export type AliasDraft = z.output<typeof aliasDraft>

/** Why an alias is added or revoked. */
export const aliasReason = z
  .string()
  .trim()
  .min(1, 'Say why: it stays with the alias and in the audit log.')
  .max(500, 'Use at most 500 characters.')
