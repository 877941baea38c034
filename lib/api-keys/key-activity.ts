import { z } from 'zod'

/**
 * What has come through a key: nothing, calls that stored nothing, or attempts, of which kind most, and whether views
 * show that kind by default. Also how the browser parses it.
 */
export const keyActivitySchema = z.discriminatedUnion('state', [
  z.object({ state: z.literal('waiting') }),
  z.object({ state: z.literal('called') }),
  z.object({
    state: z.literal('received'),
    attempts: z.string(),
    spendUsd: z.string().nullable(),
    kind: z.object({ provider: z.string(), model: z.string(), environment: z.string(), dataMode: z.string() }),
    inDefaultScope: z.boolean(),
  }),
])

export type KeyActivity = z.output<typeof keyActivitySchema>
