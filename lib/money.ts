import { Decimal } from 'decimal.js'

/** Enough digits for any sum of Decimal(38, 18) that ClickHouse can hold. */
export const ExactDecimal = Decimal.clone({
  precision: 80,
  toExpNeg: -40,
  toExpPos: 60,
  rounding: Decimal.ROUND_HALF_EVEN,
})

/** Fraction digits of a quotient (cost per request, ratios): beyond any display, rounded half-even once. */
const QUOTIENT_DIGITS = 18

/** Counts are most of what is added and compared, and need no Decimal. */
const WHOLE = /^(?:0|[1-9]\d*)$/
const TRIMMED = /^(?:0|[1-9]\d*)(?:\.\d*[1-9])?$/

/** Sum of decimal strings, exact. Null counts as nothing. */
export function addDecimals(values: readonly (string | null)[]): string {
  const given = values.filter((value) => value !== null)
  if (given.every((value) => WHOLE.test(value))) return given.reduce((sum, value) => sum + BigInt(value), 0n).toString()
  return given.reduce((sum, value) => sum.plus(value), new ExactDecimal(0)).toFixed()
}

/** a − b, exact. */
export function subtractDecimals(a: string, b: string): string {
  return new ExactDecimal(a).minus(b).toFixed()
}

/** a × b, exact. */
export function multiplyDecimals(a: string, b: string): string {
  return new ExactDecimal(a).times(b).toFixed()
}

/** numerator ÷ denominator to {@link QUOTIENT_DIGITS} fraction digits; null when either is null or the denominator is 0. */
export function divideDecimals(numerator: string | null, denominator: string | null): string | null {
  if (numerator === null || denominator === null) return null
  const divisor = new ExactDecimal(denominator)
  if (divisor.isZero()) return null
  return trimDecimal(new ExactDecimal(numerator).div(divisor).toDecimalPlaces(QUOTIENT_DIGITS).toFixed())
}

/** Plain notation without trailing zeros: `1.50` → `1.5`, `-0` → `0`. */
export function trimDecimal(value: string): string {
  if (TRIMMED.test(value)) return value
  const fixed = new ExactDecimal(value).toFixed()
  return fixed === '-0' ? '0' : fixed
}

/** −1, 0 or 1. */
export function compareDecimals(a: string, b: string): number {
  if (WHOLE.test(a) && WHOLE.test(b))
    return a.length !== b.length ? Math.sign(a.length - b.length) : a < b ? -1 : Number(a > b)
  return new ExactDecimal(a).comparedTo(b)
}
