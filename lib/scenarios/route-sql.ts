import type { Bind } from '@/lib/pricing/price-sql'
import type { Route } from '@/lib/scenarios/scenario'

/** Percent and factors as whole numbers of this. */
const WHOLE = 10_000

const PERCENT = WHOLE / 100

/** A decimal text as a whole number of 1 ÷ {@link WHOLE}. */
function toParts(text: string, unit: number): number {
  return Math.round(Number(text) * unit)
}

/**
 * SQL of what routes make of attempts, to be read in their place: those of `source` that `where` picks, with the provider,
 * model, tier and tokens that they have by their route. They are not under the names that were sent any more. Prices are
 * applied by changes of prices, which must cover every model that a route leads to. Whole numbers only: the same attempts
 * give the same tokens, always.
 */
export function routedAttempts(routes: readonly Route[], source: string, where: string, bind: Bind): string {
  if (routes.length === 0) return source
  const of = 'route_taken'
  const branches = routes.flatMap((each, index) => {
    const conditions = [
      ...(each.endpoint === '' ? [] : [`endpoint = ${bind('String', each.endpoint)}`]),
      ...(each.fromProvider === '' ? [] : [`provider = ${bind('String', each.fromProvider)}`]),
      ...(each.fromModel === '' ? [] : [`model = ${bind('String', each.fromModel)}`]),
      `cityHash64(request_key, ${index}) % ${WHOLE} < ${toParts(each.sharePercent, PERCENT)}`,
    ]
    return [conditions.join(' AND '), String(index + 1)]
  })
  /** A value by route; empty where the route leaves the column. */
  const text = (column: string, values: readonly string[]) => {
    const value = `${bind('Array(String)', values)}[${of}]`
    return `if(${of} = 0 OR empty(${value}), toString(${column}), ${value}) AS ${column}`
  }
  const numbers = (values: readonly number[]) => `[${values.join(', ')}]::Array(Int64)[${of}]`
  const scaled = (column: string, factors: readonly number[]) =>
    `toUInt64(intDiv(toUInt128(${column}) * toUInt128(${numbers(factors)}) + ${WHOLE / 2}, ${WHOLE}))`
  const input = routes.map(({ inputFactor }) => toParts(inputFactor, WHOLE))
  const output = routes.map(({ outputFactor }) => toParts(outputFactor, WHOLE))
  const cached = routes.map(({ cachedPercent }) => (cachedPercent === '' ? -1 : toParts(cachedPercent, PERCENT)))
  const textInput = ['input_uncached', 'cache_read', 'cache_write_5m', 'cache_write_1h']
  const wholeInput = textInput.map((column) => scaled(column, input)).join(' + ')
  const readInput = `toUInt64(intDiv(toUInt128(${wholeInput}) * toUInt128(greatest(${numbers(cached)}, 0)) + ${WHOLE / 2}, ${WHOLE}))`
  const split = (column: string, value: string) =>
    `multiIf(${of} = 0, ${column}, ${numbers(cached)} < 0, ${scaled(column, input)}, ${value}) AS ${column}`
  const scale = (column: string, factors: readonly number[]) =>
    `if(${of} = 0, ${column}, ${scaled(column, factors)}) AS ${column}`
  const columns = [
    text(
      'provider',
      routes.map(({ toProvider }) => toProvider),
    ),
    text(
      'model',
      routes.map(({ toModel }) => toModel),
    ),
    text(
      'service_tier',
      routes.map(({ tier }) => tier),
    ),
    ...['raw_provider', 'raw_model'].map((column) => `if(${of} = 0, toString(${column}), '') AS ${column}`),
    `if(${of} = 0, reported_cost, NULL) AS reported_cost`,
    split('input_uncached', `toUInt64(${wholeInput} - ${readInput})`),
    split('cache_read', readInput),
    split('cache_write_5m', 'toUInt64(0)'),
    split('cache_write_1h', 'toUInt64(0)'),
    scale('audio_input', input),
    ...['output_text', 'reasoning', 'audio_output'].map((column) => scale(column, output)),
  ]
  return `(SELECT * REPLACE (${columns.join(', ')})
    FROM (SELECT *, multiIf(${branches.join(', ')}, 0) AS ${of} FROM ${source} WHERE ${where}))`
}
