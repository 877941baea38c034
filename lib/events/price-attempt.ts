import type { SplitUsage } from '@/lib/events/split-usage'
import type { NotPricedReason, PriceIndex } from '@/lib/pricing/price-index'
import { hasOutputPrice, priceUsage } from '@/lib/pricing/price-usage'

type UnpricedReason =
  | 'unknown_model'
  | 'not_yet_priced'
  | 'no_tier_price'
  | 'unknown_usage'
  | 'unsplit_total'
  | 'missing_class_price'

export type AttemptPrice = {
  modelKnown: boolean
  /** Whether the token counts are all of the attempt's usage. */
  usageKnown: boolean
  /** USD, exact; null where the attempt is unpriced. */
  pricedCostUsd: string | null
  /** The price row's id, `''` where none was in force. */
  priceId: string
  unpricedReason: UnpricedReason | ''
}

export type PricedPlace = {
  provider: string
  model: string
  serviceTier: string
  region: string | null
  at: Date
}

const REASONS: Record<NotPricedReason, UnpricedReason> = {
  no_tier_price: 'no_tier_price',
  no_region_price: 'no_tier_price',
  before_first_price: 'not_yet_priced',
  after_last_price: 'not_yet_priced',
  no_counted_unit: 'missing_class_price',
}

/** Price of one attempt by the row in force at its instant. Never 0 for what has no price: then it says why. */
export function priceAttempt(usage: SplitUsage, place: PricedPlace, index: PriceIndex): AttemptPrice {
  const { classes, knowledge } = usage
  const { inputUncached, cacheRead, cacheWrite5m, cacheWrite1h, audioInput } = classes
  const found = index.find({
    ...place,
    inputTokensTotal: inputUncached + cacheRead + cacheWrite5m + cacheWrite1h + audioInput,
  })
  const usageKnown =
    knowledge === 'known' ||
    knowledge === 'unsplit' ||
    (knowledge === 'input_only' && found.kind === 'priced' && !hasOutputPrice(found.row))
  const unpriced = (unpricedReason: UnpricedReason, priceId = ''): AttemptPrice => ({
    modelKnown: found.kind !== 'unknown_model',
    usageKnown,
    pricedCostUsd: null,
    priceId,
    unpricedReason,
  })

  if (found.kind === 'unknown_model') return unpriced('unknown_model')
  if (found.kind === 'not_yet_priced') return unpriced(REASONS[found.reason])
  if (!usageKnown) return unpriced('unknown_usage', found.row.id)
  if (knowledge === 'unsplit') return unpriced('unsplit_total', found.row.id)
  const priced = priceUsage(classes, found.row.unitPrices)
  if (priced.kind === 'unpriced') return unpriced('missing_class_price', found.row.id)
  return { modelKnown: true, usageKnown, pricedCostUsd: priced.costUsd, priceId: found.row.id, unpricedReason: '' }
}
