import { CsvError, parse } from 'csv-parse/sync'
import { z } from 'zod'
import { AppError } from '@/lib/errors'
import { ExactDecimal, trimDecimal } from '@/lib/money'
import { PRICED_CLASSES, UNIT_PRICE_DIGITS, type UnitPrices } from './price-usage'

const MAX_RATE_DIGITS = 12

/** A rate as it is entered: USD for one unit of the currency on a day. */
export const exchangeRateInput = z.object({
  currency: z
    .string()
    .trim()
    .toUpperCase()
    .regex(/^[A-Z]{3}$/, 'Enter a currency code such as EUR.')
    .refine((code) => code !== 'USD', 'The ledger is in USD; enter the rate of another currency.'),
  day: z.iso.date('Enter a day such as 2026-11-01.'),
  rateToUsd: z
    .string()
    .trim()
    .regex(/^\d{1,6}(\.\d{1,12})?$/, `Enter USD for one unit such as 1.0842, with at most ${MAX_RATE_DIGITS} digits.`)
    .refine((rate) => Number(rate) > 0, 'Enter a rate above 0.')
    .transform(trimDecimal),
  source: z.string().trim().min(1, 'Say where the rate is from.').max(200, 'Use at most 200 characters.'),
})

export type ExchangeRate = z.output<typeof exchangeRateInput>

/** Most rates of one file. */
const MAX_RATES = 10_000
const COLUMNS = ['currency', 'date', 'rate', 'source'] as const

const csvRow = z
  .object({ currency: z.string(), date: z.string(), rate: z.string(), source: z.string() })
  .transform(({ currency, date, rate, source }) => ({ currency, day: date, rateToUsd: rate, source }))
  .pipe(exchangeRateInput)

/**
 * The rates of a CSV with the columns currency, date, rate and source; all or none.
 * @throws AppError `invalid_body` that names the line.
 */
export function parseRatesCsv(text: string): ExchangeRate[] {
  const records = readRecords(text)
  if (records.length === 0) throw new AppError('invalid_body', `The file has no rate below ${COLUMNS.join(',')}.`)
  if (records.length > MAX_RATES) {
    throw new AppError('invalid_body', `The file has more than ${MAX_RATES} rates. Upload it in parts.`)
  }
  return records.map((record, at) => {
    const parsed = csvRow.safeParse(record)
    if (parsed.success) return parsed.data
    throw new AppError(
      'invalid_body',
      `Line ${at + 2}: ${parsed.error.issues[0]?.message ?? 'it cannot be read'} Nothing was stored.`,
    )
  })
}

function readRecords(text: string): unknown[] {
  try {
    const records: unknown = parse(text, { bom: true, columns: readHeader, skip_empty_lines: true, trim: true })
    return z.array(z.unknown()).parse(records)
  } catch (error) {
    if (error instanceof AppError) throw error
    if (error instanceof CsvError) throw new AppError('invalid_body', `This is no CSV: ${error.message}`)
    throw error
  }
}

function readHeader(header: string[]): string[] {
  const names = header.map((name) => name.toLowerCase())
  const missing = COLUMNS.filter((name) => !names.includes(name))
  if (missing.length === 0) return names
  throw new AppError(
    'invalid_body',
    `The file lacks ${missing.join(', ')}. Its first line must be ${COLUMNS.join(',')}.`,
  )
}

/** A stored rate; a higher id was entered later. */
export type StoredRate = ExchangeRate & { id: number }

/** The rate that holds on a day: the day's, else the last earlier one, which `isEarlier` marks; null when there is none. */
export function findRate(
  rates: readonly StoredRate[],
  currency: string,
  day: string,
): (StoredRate & { isEarlier: boolean }) | null {
  let best: StoredRate | null = null
  for (const rate of rates) {
    if (rate.currency !== currency || rate.day > day) continue
    if (best === null || rate.day > best.day || (rate.day === best.day && rate.id > best.id)) best = rate
  }
  return best && { ...best, isEarlier: best.day !== day }
}

/** A price × rate, rounded half-even to the digits of a unit price, which then is the price. */
export function convertPrice(unitPrice: string, rateToUsd: string): string {
  return trimDecimal(new ExactDecimal(unitPrice).times(rateToUsd).toDecimalPlaces(UNIT_PRICE_DIGITS).toFixed())
}

/** Each price as {@link convertPrice} makes it. */
export function convertPrices(unitPrices: UnitPrices, rateToUsd: string): UnitPrices {
  return Object.fromEntries(
    PRICED_CLASSES.flatMap((priceClass) => {
      const price = unitPrices[priceClass]
      if (price === undefined) return []
      return [[priceClass, convertPrice(price, rateToUsd)] as const]
    }),
  )
}
