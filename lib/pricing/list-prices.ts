import type { ConditionalPrice, ModelInfo, ModelPrice } from '@pydantic/genai-prices'
import { ExactDecimal } from '@/lib/money'
import { conditionalPrices } from './genai-prices'
import type { PricedClass, UnitPrices } from './price-usage'

/** Prices of one period, time-of-day band and context band of a listed model. */
export type ListPrice = {
  effectiveFrom: Date | null
  effectiveTo: Date | null
  dailyFrom: string | null
  dailyTo: string | null
  contextAbove: number | null
  unitPrices: UnitPrices
}

/** Keys of the list and how many units one of their prices buys. */
const PRICE_KEYS: readonly (readonly [PricedClass, key: string, per: number])[] = [
  ['inputUncached', 'input_mtok', 1e6],
  ['cacheRead', 'cache_read_mtok', 1e6],
  ['cacheWrite5m', 'cache_write_mtok', 1e6],
  ['cacheWrite1h', 'cache_write_1h_mtok', 1e6],
  ['output', 'output_mtok', 1e6],
  ['reasoning', 'output_reasoning_mtok', 1e6],
  ['audioInput', 'input_audio_mtok', 1e6],
  ['audioOutput', 'output_audio_mtok', 1e6],
  ['toolRequests', 'web_searches_kcount', 1e3],
  ['requests', 'requests_kcount', 1e3],
]

/** The list's own words for "costs nothing", where it gives a model no prices at all. */
const SAID_TO_BE_FREE = /\bfree\b|included in the subscription/i
const DAY_MINUTES = 24 * 60

/**
 * All prices of a listed model as rows: each instant and time of day meets at most one per context band.
 *
 * The list's conditional prices read in order: the first is the default; a start date opens a period at UTC midnight; a
 * time of day holds from the start date before it in the list (the list cannot say so in one entry, its comments do).
 * A tier reprices the whole request, every class of it, when its input tokens exceed the threshold.
 *
 * What the list or an event does not tell apart: image and video tokens take the text price of their direction, cached
 * audio the cache price, and DeepSeek's cheaper weekends are priced as weekdays.
 */
export function readListPrices(info: ModelInfo): readonly ListPrice[] {
  const periods = readPeriods(info)
  return periods.flatMap((period, index) =>
    splitDay(period.entries, info).flatMap(({ dailyFrom, dailyTo, prices }) =>
      splitContext(prices, info).map((band) => ({
        effectiveFrom: period.from,
        effectiveTo: periods[index + 1]?.from ?? null,
        dailyFrom,
        dailyTo,
        ...band,
      })),
    ),
  )
}

type Period = { from: Date | null; entries: ConditionalPrice[] }

function readPeriods(info: ModelInfo): Period[] {
  const periods: Period[] = []
  for (const entry of conditionalPrices(info)) {
    const last = periods.at(-1)
    if (entry.constraint?.type === 'time_of_date') {
      if (!last) throw new Error(`The price list gives ${info.id} a time of day without a default price.`)
      last.entries.push(entry)
      continue
    }
    const from = entry.constraint ? new Date(`${entry.constraint.start_date}T00:00:00Z`) : null
    if (last && (from === null || (last.from !== null && from <= last.from))) {
      throw new Error(`The price list of ${info.id} is not in the order of its start dates.`)
    }
    periods.push({ from, entries: [entry] })
  }
  return periods
}

type DailyBand = { dailyFrom: string | null; dailyTo: string | null; prices: ModelPrice }

/** Cuts the UTC day at every time the entries name; the last entry that holds wins; equal neighbours join over midnight. */
function splitDay(entries: readonly ConditionalPrice[], info: ModelInfo): DailyBand[] {
  const bands = entries.map((entry) =>
    entry.constraint?.type === 'time_of_date'
      ? { from: readMinute(entry.constraint.start_time, info), to: readMinute(entry.constraint.end_time, info), entry }
      : { from: 0, to: DAY_MINUTES, entry },
  )
  const cuts = [...new Set(bands.flatMap(({ from, to }) => [from, to % DAY_MINUTES]))].sort((a, b) => a - b)
  const holds = (minute: number) =>
    bands.findLast(({ from, to }) => (to <= from ? minute >= from || minute < to : minute >= from && minute < to))
      ?.entry
  const changes = cuts.filter((minute) => holds(minute) !== holds((minute + DAY_MINUTES - 1) % DAY_MINUTES))
  const whole = holds(0)
  if (changes.length === 0) return whole ? [{ dailyFrom: null, dailyTo: null, prices: whole.prices }] : []
  return changes.flatMap((from, index) => {
    const entry = holds(from)
    const to = changes[(index + 1) % changes.length] ?? from
    return entry ? [{ dailyFrom: writeMinute(from), dailyTo: writeMinute(to), prices: entry.prices }] : []
  })
}

function readMinute(time: string, info: ModelInfo): number {
  const match = /^(\d{2}):(\d{2}):00Z$/.exec(time)
  if (!match) throw new Error(`The price list gives ${info.id} the time ${time}, which is no whole minute in UTC.`)
  return Number(match[1]) * 60 + Number(match[2])
}

function writeMinute(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`
}

function splitContext(prices: ModelPrice, info: ModelInfo): { contextAbove: number | null; unitPrices: UnitPrices }[] {
  const starts = Object.values(prices).flatMap((price) =>
    typeof price === 'object' ? price.tiers.map(({ start }) => start) : [],
  )
  const thresholds = [null, ...[...new Set(starts)].sort((a, b) => a - b)]
  return thresholds.map((contextAbove) => ({ contextAbove, unitPrices: readUnitPrices(prices, contextAbove, info) }))
}

function readUnitPrices(prices: ModelPrice, contextAbove: number | null, info: ModelInfo): UnitPrices {
  const read = new Map<PricedClass, string>()
  for (const [priceClass, key, per] of PRICE_KEYS) {
    const listed = prices[key]
    if (listed === undefined) continue
    const tiers = typeof listed === 'object' ? [...listed.tiers].sort((a, b) => a.start - b.start) : []
    const tier = contextAbove === null ? undefined : tiers.findLast(({ start }) => start <= contextAbove)
    read.set(priceClass, perUnit(tier?.price ?? (typeof listed === 'object' ? listed.base : listed), per))
  }
  const input = read.get('inputUncached')
  if (input !== undefined && read.has('cacheWrite5m') && !read.has('cacheWrite1h') && isClaude(info)) {
    read.set('cacheWrite1h', new ExactDecimal(input).times(2).toFixed())
  }
  if (Object.keys(prices).length === 0 && isFree(info)) {
    read.set('inputUncached', '0')
    read.set('output', '0')
  }
  return Object.fromEntries(read)
}

/**
 * Anthropic's rule for one-hour cache writes, on whichever host: twice the base input price
 * (https://platform.claude.com/docs/en/build-with-claude/prompt-caching#pricing).
 */
function isClaude(info: ModelInfo): boolean {
  return /claude/i.test(info.id)
}

function isFree(info: ModelInfo): boolean {
  if (info.id.toLowerCase().endsWith(':free')) return true
  return [info.name, info.description, info.price_comments].some(
    (text) => text !== undefined && SAID_TO_BE_FREE.test(text),
  )
}

/**
 * USD per unit from the list's price per thousand or million. The number's shortest decimal form is what its author
 * wrote; digits beyond the 18th of the unit price are float noise (`0.18000000000000002`) or thirds, and are rounded.
 */
function perUnit(price: number, per: number): string {
  return new ExactDecimal(String(price)).div(per).toDecimalPlaces(18).toFixed()
}
