import { formatMoney } from '@/lib/format'
import { multiplyDecimals, trimDecimal } from '@/lib/money'
import { unitsPerPrice } from '@/lib/pricing/contract-form'
import { PRICED_CLASSES, type PricedClass, type UnitPrices } from '@/lib/pricing/price-usage'

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

/** A unit price as people write it, every digit: per million tokens or per thousand requests. */
export function formatUnitPrice(priceClass: PricedClass, unitPrice: string, currency = 'USD'): string {
  return formatMoney(trimDecimal(multiplyDecimals(unitPrice, String(unitsPerPrice(priceClass)))), currency, {
    precision: 'exact',
  })
}

/** All prices in one line: "$2.50 input, $10.00 output". */
export function describePrices(unitPrices: UnitPrices, currency = 'USD'): string {
  const parts = PRICED_CLASSES.flatMap((priceClass) => {
    const price = unitPrices[priceClass]
    if (price === undefined) return []
    const per = unitsPerPrice(priceClass) === 1_000 ? ' per 1K' : ''
    return [`${formatUnitPrice(priceClass, price, currency)} ${CLASS_LABELS[priceClass].short}${per}`]
  })
  return parts.join(', ')
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
