import { contractPriceId } from '@/lib/pricing/price-layers'

/** What is compared of a contract whose prices were agreed in another currency. */
export type ConvertedContract = {
  readonly id: number
  readonly workspaceId: number | null
  readonly provider: string
  readonly model: string
  readonly serviceTier: string
  readonly region: string | null
  readonly contextBand: string | null
  readonly dailyFrom: string | null
  readonly dailyTo: string | null
  /** Null where the prices were agreed in USD. */
  readonly given: {
    readonly currency: string
    readonly unitPrices: Readonly<Record<string, string | undefined>>
    /** A schedule moves with the month's volume, too, so that its rate alone is never the cause. */
    readonly volumeTiers?: unknown
    readonly rateToUsd: string
  } | null
}

/**
 * Pairs of price ids whose contracts say the same prices of the same usage in the same currency and differ in the rate by
 * which these became USD: an attempt that was priced by the one and is by the other moved with the exchange rate alone.
 */
export function findRateChanges(contracts: readonly ConvertedContract[]): [string, string][] {
  const agreed = new Map<string, { priceId: string; rateToUsd: string }[]>()
  for (const contract of contracts) {
    if (contract.given === null || contract.given.volumeTiers !== undefined) continue
    const { currency, unitPrices, rateToUsd } = contract.given
    const { workspaceId, provider, model, serviceTier, region, contextBand, dailyFrom, dailyTo } = contract
    const key = JSON.stringify([
      ...[workspaceId, provider, model, serviceTier, region, contextBand, dailyFrom, dailyTo, currency],
      Object.entries(unitPrices).sort(([a], [b]) => (a < b ? -1 : 1)),
    ])
    agreed.set(key, [...(agreed.get(key) ?? []), { priceId: contractPriceId(contract.id), rateToUsd }])
  }
  return [...agreed.values()].flatMap((same) =>
    same.flatMap((was) =>
      same.flatMap((is): [string, string][] => (was.rateToUsd === is.rateToUsd ? [] : [[was.priceId, is.priceId]])),
    ),
  )
}
