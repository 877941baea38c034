import { z } from 'zod'
import { priceListDifference } from './diff-price-lists'
import { pricePreview } from './price-preview'

/** What a list would change, and which figures would move; also how the browser parses it. */
export const priceListPreview = z.object({
  version: z.string(),
  isInForce: z.boolean(),
  difference: priceListDifference,
  preview: pricePreview,
})

export type PriceListPreview = z.output<typeof priceListPreview>
