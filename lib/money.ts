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
const PLAIN = /^-?\d+(?:\.\d+)?$/

/** Sum of decimal strings, exact. Null counts as nothing. */
export function addDecimals(values: readonly (string | null)[]): string {
  const given = values.filter((value) => value !== null)
  if (given.every((value) => WHOLE.test(value))) return given.reduce((sum, value) => sum + BigInt(value), 0n).toString()
  if (given.every((value) => PLAIN.test(value))) return addPlain(given)
  return given.reduce((sum, value) => sum.plus(value), new ExactDecimal(0)).toFixed()
}

/** As whole numbers of the smallest unit that any of them has, which takes a fraction of the time of Decimals. */
function addPlain(values: readonly string[]): string {
  const digitsOf = (value: string) => (value.includes('.') ? value.length - value.indexOf('.') - 1 : 0)
  const digits = values.reduce((most, value) => Math.max(most, digitsOf(value)), 0)
  const sum = values.reduce(
    (total, value) => total + BigInt(value.replace('.', '') + '0'.repeat(digits - digitsOf(value))),
    0n,
  )
  if (digits === 0) return sum.toString()
  const [sign, amount] = sum < 0n ? ['-', -sum] : ['', sum]
  const text = amount.toString().padStart(digits + 1, '0')
  return trimDecimal(`${sign}${text.slice(0, -digits)}.${text.slice(-digits)}`)
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
