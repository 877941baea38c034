import { formatCount, formatMoney } from '@/lib/format'
import { multiplyDecimals, trimDecimal } from '@/lib/money'
import { unitsPerPrice } from '@/lib/pricing/contract-form'
import { PRICED_CLASSES, type PricedClass, type UnitPrices } from '@/lib/pricing/price-usage'
import { firstPrices, type VolumeMonth, type VolumeTiers } from '@/lib/pricing/volume-tiers'

/** What each priced class is called, and what one price buys. */
export const CLASS_LABELS: Readonly<Record<PricedClass, { label: string; short: string }>> = {
  inputUncached: { label: 'Input', short: 'input' },
  cacheRead: { label: 'Cache read', short: 'cache read' },
  cacheWrite5m: { label: 'Cache write', short: 'cache write' },
  cacheWrite1h: { label: 'Cache write, 1 h', short: 'cache write 1 h' },
  output: { label: 'Output', short: 'output' },
  reasoning: { label: 'Reasoning', short: 'reasoning' },
  audioInput: { label: 'Audio in', short: 'audio in' },
  audioOutput: { label: 'Audio out', short: 'audio out' },
  toolRequests: { label: 'Tool requests', short: 'tool requests' },
  requests: { label: 'Per request', short: 'requests' },
}

/** A unit price as people write it: per million tokens or per thousand requests. `auto` rounds what is a quotient. */
export function formatUnitPrice(
  priceClass: PricedClass,
  unitPrice: string,
  currency = 'USD',
  precision: 'exact' | 'auto' = 'exact',
): string {
  const price = trimDecimal(multiplyDecimals(unitPrice, String(unitsPerPrice(priceClass))))
  return formatMoney(price, currency, { precision })
}

/** All prices in one line: "$2.50 input, $10.00 output". */
export function describePrices(
  unitPrices: UnitPrices,
  currency = 'USD',
  precision: 'exact' | 'auto' = 'exact',
): string {
  const parts = PRICED_CLASSES.flatMap((priceClass) => {
    const price = unitPrices[priceClass]
    if (price === undefined) return []
    const per = unitsPerPrice(priceClass) === 1_000 ? ' per 1K' : ''
    return [`${formatUnitPrice(priceClass, price, currency, precision)} ${CLASS_LABELS[priceClass].short}${per}`]
  })
  return parts.join(', ')
}

/** A schedule in one line: "$2.00 to 1,000,000,000, then $1.60 input; $8.00 output". */
export function describeTiers(tiers: VolumeTiers, currency = 'USD'): string {
  const parts = PRICED_CLASSES.flatMap((priceClass) => {
    const own = tiers[priceClass]
    if (own === undefined) return []
    const per = unitsPerPrice(priceClass) === 1_000 ? ' per 1K' : ''
    const texts = own.map(({ upTo, unitPrice }) => {
      const price = formatUnitPrice(priceClass, unitPrice, currency)
      return upTo === null ? price : `${price} to ${formatCount(upTo)}`
    })
    return [`${texts.join(', then ')} ${CLASS_LABELS[priceClass].short}${per}`]
  })
  return parts.join('; ')
}

/** What a schedule's units cost at an instant, and how many of its month were counted. */
export function describeVolume(tiers: VolumeTiers, months: readonly VolumeMonth[], at: Date): string {
  const month = months.find(({ from, to }) => from <= at && at < to)
  if (!month) return `this month ${describePrices(firstPrices(tiers))}: first tier`
  const counts = PRICED_CLASSES.flatMap((priceClass) => {
    const units = month.units[priceClass]
    return units === undefined || units === '0' ? [] : [`${formatCount(units)} ${CLASS_LABELS[priceClass].short}`]
  })
  return `this month ${describePrices(month.unitPrices, 'USD', 'auto')} for ${counts.join(', ')}`
}

/** `>200000` as a reader says it; the base band has no words. */
export function describeBand(contextBand: string | null): string | null {
  if (contextBand === null || contextBand === 'base') return null
  return `over ${Number(contextBand.slice(1)).toLocaleString('en-US')} input tokens`
}

/** A validity's border as a UTC day, with its time where it has one. */
export function describeBorder(at: Date | null): string | null {
  if (at === null) return null
  const text = at.toISOString()
  return text.endsWith('T00:00:00.000Z') ? text.slice(0, 10) : `${text.slice(0, 16).replace('T', ' ')} UTC`
}

/** Hours of the UTC day in which a price holds. */
export function describeHours({
  dailyFrom,
  dailyTo,
}: {
  dailyFrom: string | null
  dailyTo: string | null
}): string | null {
  return dailyFrom === null ? null : `${dailyFrom} to ${dailyTo ?? '24:00'} UTC`
}
