import { z } from 'zod'
import { alertFacts } from '@/lib/alerts/alert-facts'

const point = z.object({ start: z.string(), value: z.string().nullable(), bound: z.string().nullable() })

/** What a back-test answers; also how the browser parses it. */
export const backTestSchema = z.object({
  from: z.string(),
  to: z.string(),
  timeZone: z.string(),
  /** Of the group that is drawn, by window; null where there is nothing to draw. */
  shown: z.object({ label: z.string().nullable(), points: z.array(point) }).nullable(),
  groups: z.number(),
  firings: z.array(
    z.object({
      label: z.string().nullable(),
      windowStart: z.string(),
      firedAt: z.string(),
      resolvedAt: z.string().nullable(),
      crossed: z.string(),
      isShown: z.boolean(),
    }),
  ),
  count: z.number(),
  /** Of an anomaly: how often each sensitivity would have fired. */
  sensitivities: z.array(z.object({ threshold: z.string(), count: z.number() })),
  /** What the message says; of the last firing, else of the newest window. */
  preview: alertFacts.nullable(),
})
export type BackTestAnswer = z.output<typeof backTestSchema>
