import type { BookRow, OpenPriceChange } from './open-price-change'
import { ANY_WORKSPACE } from './price-layers'
import { PRICED_CLASSES, type PricedClass } from './price-usage'

/** Adds a value to a statement's parameters and answers its placeholder, `{name:Type}`. */
export type Bind = (type: string, value: unknown) => string

/** What stands for stored columns under the prices now in force. */
export type RepricedColumns = {
  /** SQL over `attempts`: whether an open change touches it; the primary key serves it. `0` without changes. */
  touched: string
  /** SQL over `attempts`: whether an open change says what the attempt's name stands for. `0` without such changes. */
  renamed: string
  /** SQL over `attempts`. */
  provider: string
  /** SQL over `attempts`. */
  model: string
  /** Columns that {@link pricedAttempts} adds, one SELECT upon the other. */
  layers: readonly string[]
  /** A column of {@link pricedAttempts}, as those that follow. USD, Nullable(Decimal(38, 18)). */
  pricedCost: string
  modelKnown: string
  usageKnown: string
  priceId: string
  unpricedReason: string
}

const STORED: RepricedColumns = {
  touched: '0',
  renamed: '0',
  provider: 'provider',
  model: 'model',
  layers: [],
  pricedCost: 'priced_cost',
  modelKnown: 'model_known',
  usageKnown: 'usage_known',
  priceId: 'price_id',
  unpricedReason: 'unpriced_reason',
}

/** The column that counts a class; null for the fee per attempt. */
export const COUNTS: Readonly<Record<PricedClass, string | null>> = {
  inputUncached: 'input_uncached',
  cacheRead: 'cache_read',
  cacheWrite5m: 'cache_write_5m',
  cacheWrite1h: 'cache_write_1h',
  output: 'output_text',
  reasoning: 'reasoning',
  audioInput: 'audio_input',
  audioOutput: 'audio_output',
  toolRequests: 'tool_requests',
  requests: null,
}

/** What an attempt's price comes to, by number; price rows are numbered from FIRST_ROW. 0: no open change touches it. */
const [UNTOUCHED, UNKNOWN_MODEL, NO_TIER_PRICE, NOT_YET_PRICED, FIRST_ROW] = [0, 1, 2, 3, 4]

/** What the ledger's instants span; bounds beyond need no condition. */
const [MIN_MS, MAX_MS] = [Date.UTC(1900, 0, 1), Date.UTC(2299, 11, 31)]

const DAY_MINUTES = 24 * 60
const INPUT_TOKENS = 'input_uncached + cache_read + cache_write_5m + cache_write_1h + audio_input'
const MINUTE = 'intDiv(positiveModulo(toUnixTimestamp64Milli(ts), 86400000), 60000)'
/**
 * Enough for what events and prices may be: whole numbers up to 2^53, and far less than 10,000 USD per unit. The engine
 * refuses a product that would not fit.
 */
const EXACT = 'Decimal(38, 18)'
const COST = `Nullable(${EXACT})`

const REPRICED = {
  pricedCost: 'repriced_cost',
  modelKnown: 'repriced_model_known',
  usageKnown: 'repriced_usage_known',
  priceId: 'repriced_price_id',
  unpricedReason: 'repriced_reason',
} as const

/** What prices one model in one workspace, or in all that no entry before it names. */
type Entry = { place: string; intervals: string; rows: readonly BookRow[] }

/**
 * How attempts are priced while changes are open: those that a change touches by the book it carries, as `priceAttempt`
 * would, all others as stored. A change may say what a name stands for: then the attempt is of that provider and
 * model, and priced so. Exact: Decimals are multiplied by whole numbers and added. Expressions are made of columns of
 * `attempts` under their own names (`provider` and `model` may be hidden by their expressions here).
 * @param changes all open changes that touch the workspaces of the question; their order does not matter
 */
export function repricedColumns(changes: readonly OpenPriceChange[], bind: Bind): RepricedColumns {
  if (changes.length === 0) return STORED
  const renaming = renameBy(changes, bind)
  const entries = listEntries(changes, renaming, bind)
  const rows: BookRow[] = []
  const branches = entries.map(({ place, intervals, rows: own }) => {
    const codes = own.map((row) => {
      rows.push(row)
      return `${holds(row, bind)}, ${FIRST_ROW + rows.length - 1}`
    })
    const places = new Set(own.map((row) => holdsPlace(row, bind)))
    const rest =
      own.length === 0 ? UNKNOWN_MODEL : `if(${[...places].join(' OR ')}, ${NOT_YET_PRICED}, ${NO_TIER_PRICE})`
    const code = codes.length === 0 ? String(rest) : `multiIf(${[...codes, rest].join(', ')})`
    return `${place} AND ${intervals}, ${code}`
  })
  const touches = entries.map(({ place, intervals }) => `(${place} AND ${intervals})`)
  const { layers, ...columns } = repriced(rows, bind)
  return {
    touched: `(${[...(renaming ? [`(${renaming.code} AS ${RENAME_CODE}) > 0`] : []), ...touches].join(' OR ')})`,
    renamed: renaming?.renamed ?? '0',
    provider: renaming?.provider ?? 'provider',
    model: renaming?.model ?? 'model',
    layers: [
      ...(renaming ? [`${renaming.code} AS ${RENAME_CODE}`] : []),
      `toUInt32(multiIf(${[...branches, UNTOUCHED].join(', ')})) AS ${PRICE_CODE}`,
      ...layers,
    ],
    ...columns,
  }
}

/** What attempts are read from while changes are open: under the names that theirs stand for now. */
export function attemptsSource({ provider, model, renamed }: RepricedColumns): string {
  if (renamed === '0') return 'attempts'
  return `(SELECT * REPLACE (${provider} AS provider, ${model} AS model) FROM attempts)`
}

/**
 * What attempts are read from where their prices are asked for. The engine analyses a name that is given within a SELECT
 * anew at each use, and names within it again: seconds for a few changes. A column of a SELECT below is analysed once.
 * @param from `attempts`, as {@link attemptsSource} gives them or made of that
 */
export function pricedAttempts({ layers }: RepricedColumns, from: string): string {
  return layers.reduce((below, layer) => `(SELECT *, ${layer} FROM ${below})`, from)
}

/** How names are replaced: each attempt has a code, 0 where its names stay, else the place of a change in `changes`. */
type Renaming = {
  code: string
  renamed: string
  provider: string
  model: string
  /** Attempts of this catalogue name; needs the code's name. */
  isOf: (provider: string, model: string) => string
  /** Attempts that were sent under the names of a change. */
  isSent: (change: OpenPriceChange) => string | null
}

const RENAME_CODE = 'rename_code'
const PRICE_CODE = 'price_code'

function renameBy(changes: readonly OpenPriceChange[], bind: Bind): Renaming | null {
  const renames = changes
    .flatMap((change) => (change.raw ? [{ change, raw: change.raw }] : []))
    .sort((a, b) => b.change.changeId - a.change.changeId)
  if (renames.length === 0) return null
  const bound = new Map<string, string>()
  const text = (value: string) => {
    const known = bound.get(value) ?? bind('String', value)
    bound.set(value, known)
    return known
  }
  const sent = ({ provider, model }: { provider: string; model: string }) =>
    `raw_model = ${text(model)} AND raw_provider = ${text(provider)}`
  // The newest that covers an attempt says what its name stands for.
  const conditions = renames.map(({ change, raw }) => {
    const place = change.workspaceId === ANY_WORKSPACE ? '' : `workspace_id = ${change.workspaceId} AND `
    return `${place}${sent(raw)} AND ${inIntervals([change])}`
  })
  const pick = (values: readonly string[], rest: string) =>
    `multiIf(${conditions.map((condition, at) => `${condition}, ${values[at]}`).join(', ')}, ${rest})`
  const column = (name: 'provider' | 'model') =>
    `CAST(${pick(
      renames.map(({ change }) => text(change[name])),
      name,
    )} AS LowCardinality(String))`
  const codes = renames.map((_, at) => String(at + 1))
  return {
    code: `toUInt16(${pick(codes, '0')})`,
    renamed: `(${conditions.map((condition) => `(${condition})`).join(' OR ')})`,
    provider: column('provider'),
    model: column('model'),
    isOf: (provider, model) => {
      const stored = `(${RENAME_CODE} = 0 AND provider = ${text(provider)} AND model = ${text(model)})`
      const to = codes.filter((_, at) => {
        const change = renames[at]?.change
        return change?.provider === provider && change.model === model
      })
      return to.length === 0 ? stored : `(${RENAME_CODE} IN (${to.join(', ')}) OR ${stored})`
    },
    isSent: ({ raw }) => (raw ? sent(raw) : null),
  }
}

function repriced(
  rows: readonly BookRow[],
  bind: Bind,
): Omit<RepricedColumns, 'touched' | 'renamed' | 'provider' | 'model'> {
  const code = PRICE_CODE
  /** By code: the value of the codes before FIRST_ROW, which have no price, and then those of the rows. */
  const byCode = (type: string, none: string, values: readonly string[]) =>
    `CAST([${[...Array.from({ length: FIRST_ROW }, () => none), ...values].join(', ')}] AS Array(${type}))[${code} + 1]`
  const priceOf = (priceClass: PricedClass) => {
    const at = PRICED_CLASSES.indexOf(priceClass)
    const prices = rows.map(({ unitPrices }) => (unitPrices[at] ? `'${unitPrices[at]}'` : 'NULL'))
    return byCode(COST, 'NULL', prices)
  }
  const isEmpty = byCode(
    'UInt8',
    '0',
    rows.map(({ unitPrices }) => (unitPrices.every((price) => price === null) ? '1' : '0')),
  )
  const ids = [...Array.from({ length: FIRST_ROW }, () => ''), ...rows.map(({ priceId }) => priceId)]
  const id = `${bind('Array(String)', ids)}[${code} + 1]`
  const zero = `toDecimal128('0', 18)`
  // Classes that cost the same in every row (most do, by their fallbacks) are counted together.
  const counts = new Map<string, string[]>()
  for (const priceClass of PRICED_CLASSES) {
    const price = priceOf(priceClass)
    const count = COUNTS[priceClass]
    if (count !== null) counts.set(price, [...(counts.get(price) ?? []), count])
  }
  const terms = [
    `ifNull(${priceOf('requests')}, ${zero})`,
    ...[...counts].map(([price, of]) => `if(${of.join(' + ')} = 0, ${zero}, ${price} * (${of.join(' + ')}))`),
  ]
  const hasRow = `(${code} >= ${FIRST_ROW} AND NOT price_empty)`
  const isUsageKnown = `(usage_knowledge IN ('known', 'unsplit')
    OR (usage_knowledge = 'input_only' AND ${hasRow} AND isNull(${priceOf('output')})))`
  const reason = `multiIf(${code} = ${UNKNOWN_MODEL}, 'unknown_model', ${code} = ${NO_TIER_PRICE}, 'no_tier_price',
    ${code} = ${NOT_YET_PRICED}, 'not_yet_priced', price_empty = 1, 'missing_class_price',
    NOT price_usage_known, 'unknown_usage', usage_knowledge = 'unsplit', 'unsplit_total',
    isNull(price_cost), 'missing_class_price', '')`
  const stored = (column: string, value: string) => `if(${code} = ${UNTOUCHED}, ${column}, ${value})`
  const cost = `CAST(if(price_reason = '', price_cost, NULL) AS ${COST})`
  return {
    layers: [
      `${isEmpty} AS price_empty, ${terms.join(' + ')} AS price_cost`,
      `${isUsageKnown} AS price_usage_known`,
      `${reason} AS price_reason`,
      [
        `${stored('priced_cost', cost)} AS ${REPRICED.pricedCost}`,
        `${stored('model_known', `CAST(${code} != ${UNKNOWN_MODEL} AS Bool)`)} AS ${REPRICED.modelKnown}`,
        `${stored('usage_known', 'CAST(price_usage_known AS Bool)')} AS ${REPRICED.usageKnown}`,
        `${stored('CAST(price_id AS String)', `if(price_empty = 1, '', ${id})`)} AS ${REPRICED.priceId}`,
        `${stored('CAST(unpriced_reason AS String)', 'price_reason')} AS ${REPRICED.unpricedReason}`,
      ].join(', '),
    ],
    ...REPRICED,
  }
}

/**
 * The entries of all changed models: for every workspace that a change names one of its own, then one for all others. An
 * entry covers what any change that covers its workspace has touched, by the book of the newest of them.
 */
function listEntries(changes: readonly OpenPriceChange[], renaming: Renaming | null, bind: Bind): Entry[] {
  const models = new Map<string, OpenPriceChange[]>()
  for (const change of changes) {
    const key = JSON.stringify([change.provider, change.model])
    models.set(key, [...(models.get(key) ?? []), change])
  }
  return [...models.values()].flatMap((ofModel) => {
    const [first] = ofModel
    if (!first) return []
    const model =
      renaming?.isOf(first.provider, first.model) ??
      `provider = ${bind('String', first.provider)} AND model = ${bind('String', first.model)}`
    const named = [...new Set(ofModel.map(({ workspaceId }) => workspaceId))].sort((a, b) => b - a)
    return named.map((workspaceId) => {
      const covering = ofModel.filter((change) => change.workspaceId === 0 || change.workspaceId === workspaceId)
      const newest = covering.reduce((a, b) => (b.changeId > a.changeId ? b : a))
      const place = workspaceId === 0 ? model : `workspace_id = ${workspaceId} AND ${model}`
      return { place, intervals: inIntervals(covering, renaming?.isSent), rows: newest.rows }
    })
  })
}

function inIntervals(
  changes: readonly OpenPriceChange[],
  isSent: (change: OpenPriceChange) => string | null = () => null,
): string {
  const intervals = changes.map((change) => {
    const { affectedFromMs, affectedToMs } = change
    const sent = isSent(change)
    const from = affectedFromMs === null || affectedFromMs <= MIN_MS ? [] : [`ts >= ${instant(affectedFromMs)}`]
    const to = affectedToMs === null || affectedToMs >= MAX_MS ? [] : [`ts < ${instant(affectedToMs)}`]
    return [...from, ...to, ...(sent === null ? [] : [sent])].join(' AND ')
  })
  if (intervals.includes('')) return '1'
  return `(${[...new Set(intervals)].map((interval) => `(${interval})`).join(' OR ')})`
}

function instant(atMs: number): string {
  const text = new Date(Math.min(Math.max(atMs, MIN_MS), MAX_MS)).toISOString().replace('T', ' ').slice(0, 23)
  return `toDateTime64('${text}', 3, 'UTC')`
}

function holdsPlace({ tier, region }: BookRow, bind: Bind): string {
  const inTier = `service_tier = ${bind('String', tier)}`
  if (region === null) return inTier
  return `${inTier} AND if(lower(region) = 'global', 'global', 'regional') = ${bind('String', region)}`
}

function holds(row: BookRow, bind: Bind): string {
  const { fromMs, toMs, minuteFrom, minuteTo, above } = row
  const isAllDay = minuteFrom === 0 && minuteTo === DAY_MINUTES
  const inDay = minuteTo <= minuteFrom ? 'OR' : 'AND'
  return [
    holdsPlace(row, bind),
    ...(fromMs === null ? [] : [`toUnixTimestamp64Milli(ts) >= ${fromMs}`]),
    ...(toMs === null ? [] : [`toUnixTimestamp64Milli(ts) < ${toMs}`]),
    ...(isAllDay ? [] : [`(${MINUTE} >= ${minuteFrom} ${inDay} ${MINUTE} < ${minuteTo})`]),
    ...(above < 0 ? [] : [`${INPUT_TOKENS} > ${above}`]),
  ].join(' AND ')
}
