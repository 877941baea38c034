import { numeric } from 'drizzle-orm/pg-core'

const count = (name: string) => numeric(name, { precision: 38, scale: 0 }).notNull()

/** What is kept of a closed month and of each of its lines. Money in USD, unrounded; null where nothing had a price. */
export const bookedFigures = () => ({
  spend: numeric('spend'),
  requests: count('requests'),
  attempts: count('attempts'),
  inputTokens: count('input_tokens'),
  outputTokens: count('output_tokens'),
  totalTokens: count('total_tokens'),
  unpricedTokens: count('unpriced_tokens'),
  /** Attempts with a cost ÷ attempts; null without attempts. */
  pricingCoverage: numeric('pricing_coverage'),
})
