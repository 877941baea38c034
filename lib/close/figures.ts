import type { MeasureName } from '@/lib/metrics/registry'
import { cellOf, type ResultRow } from '@/lib/metrics/result'

/** The measures that are booked, in the order in which they are shown and exported. */
export const FIGURES = [
  'spend',
  'requests',
  'attempts',
  'inputTokens',
  'outputTokens',
  'totalTokens',
  'unpricedTokens',
  'pricingCoverage',
] as const satisfies readonly MeasureName[]

/** Decimal strings, unrounded; `spend` is null where nothing had a price, `pricingCoverage` without attempts. */
export type Figures = {
  spend: string | null
  requests: string
  attempts: string
  inputTokens: string
  outputTokens: string
  totalTokens: string
  unpricedTokens: string
  pricingCoverage: string | null
}

const NOTHING = '0'

/** The figures of a row of an answer to a question for {@link FIGURES}. */
export function readFigures(row: ResultRow): Figures {
  const text = (name: MeasureName): string | null => {
    const cell = cellOf(row, name)
    return cell === null ? null : String(cell)
  }
  return {
    spend: text('spend'),
    requests: text('requests') ?? NOTHING,
    attempts: text('attempts') ?? NOTHING,
    inputTokens: text('inputTokens') ?? NOTHING,
    outputTokens: text('outputTokens') ?? NOTHING,
    totalTokens: text('totalTokens') ?? NOTHING,
    unpricedTokens: text('unpricedTokens') ?? NOTHING,
    pricingCoverage: text('pricingCoverage'),
  }
}
