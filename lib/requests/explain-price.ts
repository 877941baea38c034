import { compareDecimals } from '@/lib/money'
import type { PriceRow } from '@/lib/pricing/price-book'
import { priceUsage, type Usage } from '@/lib/pricing/price-usage'
import type { PriceExplanation } from '@/lib/requests/request-list'

export type PricedAttempt = {
  provider: string
  model: string
  serviceTier: string
  region: string
  priceId: string
  unpricedReason: string
  usage: Usage
  /** What the price book made of it, as stored; null where it has no price. */
  pricedCostUsd: string | null
}

/**
 * How an attempt was priced, line by line, or in words why it was not. `rows` are the versions of its price row; the
 * first that gives the stored cost is the one. Pure.
 */
export function explainPrice(attempt: PricedAttempt, rows: readonly PriceRow[]): PriceExplanation {
  if (attempt.pricedCostUsd === null) {
    return {
      kind: 'unpriced',
      priceId: attempt.priceId === '' ? null : attempt.priceId,
      code: attempt.unpricedReason,
      reason: explainReason(attempt),
    }
  }
  for (const row of rows) {
    const priced = priceUsage(attempt.usage, row.unitPrices)
    if (priced.kind !== 'priced' || compareDecimals(priced.costUsd, attempt.pricedCostUsd) !== 0) continue
    return {
      kind: 'priced',
      priceId: row.id,
      lines: priced.lines,
      effectiveFrom: row.effectiveFrom?.toISOString() ?? null,
      effectiveTo: row.effectiveTo?.toISOString() ?? null,
      source: row.source,
    }
  }
  const reason =
    rows.length === 0
      ? 'The price it was made with is not in the book any more.'
      : 'The price it was made with has changed since.'
  return { kind: 'unexplained', priceId: attempt.priceId, reason }
}

function explainReason({ provider, model, serviceTier, region, unpricedReason }: PricedAttempt): string {
  switch (unpricedReason) {
    case 'unknown_model':
      return `The price book has no model ${provider}/${model}.`
    case 'not_yet_priced':
      return `The price book has no price of ${provider}/${model} for that instant.`
    case 'no_tier_price':
      return `The price book has no price of ${provider}/${model} in the tier ${serviceTier || 'standard'}${region ? `, region ${region}` : ''}.`
    case 'unknown_usage':
      return 'The event does not say how many input or output tokens were used.'
    case 'unsplit_total':
      return 'The event says only the total of its tokens; input and output have different prices.'
    case 'missing_class_price':
      return `The price book has no price of ${provider}/${model} for one of the token classes that were used.`
    default:
      return 'This attempt has no price.'
  }
}
