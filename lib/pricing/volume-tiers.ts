import { compareDecimals, ExactDecimal, trimDecimal } from '@/lib/money'
import type { Range } from '@/lib/time'
import { PRICED_CLASSES, type PricedClass, priceClassFor, UNIT_PRICE_DIGITS, type UnitPrices } from './price-usage'

/** The units of a month above the tier before, up to and with `upTo` (a whole number; null: all the rest), at this USD per unit. */
export type VolumeTier = { readonly upTo: string | null; readonly unitPrice: string }

/**
 * A negotiated schedule: the tiers of each class, ascending, the last without end. A class whose price is the same for any
 * volume has one tier. Units that are billed as another class (reasoning as output, see `fillUnitPrices`) count to its volume.
 */
export type VolumeTiers = Readonly<Partial<Record<PricedClass, readonly VolumeTier[]>>>

/** Counted units by the class that they are of; whole numbers. */
export type ClassUnits = Readonly<Record<PricedClass, string>>

/** A month whose units cost something else than the first tiers say. */
export type VolumeMonth = {
  /** `2026-10` */
  readonly month: string
  readonly from: Date
  readonly to: Date
  /** Units by the class that they are billed as. */
  readonly units: Readonly<Partial<Record<PricedClass, string>>>
  /** What each of them costs: the tiered total ÷ the units. */
  readonly unitPrices: UnitPrices
}

/** What a month's units cost, each tranche at its own price; USD, exact. */
export function priceVolume(units: string, tiers: readonly VolumeTier[]): string {
  let [cost, from] = [new ExactDecimal(0), new ExactDecimal(0)]
  for (const { upTo, unitPrice } of tiers) {
    const to = ExactDecimal.min(units, upTo ?? units)
    if (to.lessThanOrEqualTo(from)) continue
    cost = cost.plus(to.minus(from).times(unitPrice))
    from = to
  }
  return cost.toFixed()
}

/**
 * What each unit of a month costs when the tiered total is spread evenly over them; of no units, the first price. Rounded
 * half-even to the digits of a unit price, which then is the price: the units together cost the tiered total but for at
 * most half of the last digit each (0.5 × 10⁻¹⁸ USD; half a millionth of a dollar on a trillion units).
 */
export function spreadVolume(units: string, tiers: readonly VolumeTier[]): string {
  const total = new ExactDecimal(units)
  if (total.isZero()) return tiers[0]?.unitPrice ?? '0'
  return trimDecimal(
    new ExactDecimal(priceVolume(units, tiers)).div(total).toDecimalPlaces(UNIT_PRICE_DIGITS).toFixed(),
  )
}

/** What the units of a schedule cost until a month passes a first tier. */
export function firstPrices(tiers: VolumeTiers): UnitPrices {
  return mapTiers(tiers, (_, [first]) => first?.unitPrice ?? '0')
}

/** The same schedule with other prices. */
export function mapTierPrices(
  tiers: VolumeTiers,
  map: (unitPrice: string) => string,
): Partial<Record<PricedClass, VolumeTier[]>> {
  return mapTiers(tiers, (_, of) => of.map((tier) => ({ ...tier, unitPrice: map(tier.unitPrice) })))
}

/** The month in which these units were counted; null where all of them cost what the first tiers say. */
export function volumeMonth(
  month: string,
  { from, to }: Range,
  counted: ClassUnits,
  tiers: VolumeTiers,
): VolumeMonth | null {
  const first = firstPrices(tiers)
  const units = mapTiers(tiers, (priceClass) =>
    PRICED_CLASSES.filter((each) => priceClassFor(each, first) === priceClass)
      .reduce((sum, each) => sum + BigInt(counted[each]), 0n)
      .toString(),
  )
  const unitPrices = mapTiers(tiers, (priceClass, of) => spreadVolume(units[priceClass] ?? '0', of))
  const isFirst = PRICED_CLASSES.every((priceClass) => unitPrices[priceClass] === first[priceClass])
  return isFirst ? null : { month, from, to, units, unitPrices }
}

function mapTiers<T>(
  tiers: VolumeTiers,
  map: (priceClass: PricedClass, tiers: readonly VolumeTier[]) => T,
): Partial<Record<PricedClass, T>> {
  return Object.fromEntries(
    PRICED_CLASSES.flatMap((priceClass) => {
      const of = tiers[priceClass]
      return of === undefined ? [] : [[priceClass, map(priceClass, of)] as const]
    }),
  )
}

/** What is wrong with the ends of the tiers of a class, in their order; whole numbers, null without end. */
export function findTierFaults(ends: readonly (string | null)[]): { at: number; message: string }[] {
  return ends.flatMap((upTo, at) => {
    const isLast = at === ends.length - 1
    if (isLast && upTo !== null) {
      return [{ at, message: 'Leave the end of the last tier of a class empty: it prices the rest of the month.' }]
    }
    if (!isLast && upTo === null) return [{ at, message: 'Only the last tier of a class has no end.' }]
    const before = ends[at - 1]
    const isWhole = [upTo, before].every((end) => end && /^\d+$/.test(end))
    if (!isWhole || compareDecimals(upTo ?? '0', before ?? '0') > 0) return []
    return [{ at, message: 'Enter more units than the tier of this class before.' }]
  })
}
