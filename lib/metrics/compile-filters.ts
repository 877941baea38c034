import { type Dimension, type DimensionName, dimensionOf } from '@/lib/metrics/registry'
import type { CompiledFilter, KeyRestriction } from '@/lib/metrics/statement'

/** The registry's entry of a dimension, a tag's key being bound. */
export function dimension(name: DimensionName, bind: Parameters): Dimension {
  return dimensionOf(name, (key) => bind.add('String', key))
}

/** SQL of a filter over `attempts`. */
export function compileFilter(filter: CompiledFilter, bind: Parameters): string {
  const { sql, named = sql } = dimension(filter.dimension, bind)
  switch (filter.operator) {
    case 'in':
      return `${named} IN ${bind.add('Array(String)', filter.values)}`
    case 'notIn':
      return `${named} NOT IN ${bind.add('Array(String)', filter.values)}`
    case 'contains':
      return containsAny(sql, filter.values, bind)
    default:
      return assertNever(filter.operator)
  }
}

/** The engine searches for at most 255 texts at once. */
const MAX_NEEDLES = 255

/** SQL: a text contains any of these, whatever their case. */
export function containsAny(sql: string, values: readonly string[], bind: Parameters): string {
  const searches: string[] = []
  for (let from = 0; from < values.length; from += MAX_NEEDLES) {
    const needles = bind.add('Array(String)', values.slice(from, from + MAX_NEEDLES))
    searches.push(`multiSearchAnyCaseInsensitiveUTF8(${sql}, ${needles})`)
  }
  return `(${searches.join(' OR ')})`
}

/** SQL of a restriction to some keys, or to all others, over `attempts`. */
export function compileKeys(keys: KeyRestriction, bind: Parameters): string {
  const columns = keys.dimensions.map((name) => dimension(name, bind).sql)
  const operator = keys.negate ? 'NOT IN' : 'IN'
  if ('select' in keys) {
    bind.include(keys.select.params)
    return `(${columns.join(', ')}) ${operator} (${keys.select.sql})`
  }
  const [only] = columns
  if (columns.length === 1 && only) {
    return `${only} ${operator} ${bind.add(
      'Array(String)',
      keys.values.map((value) => value[0] ?? ''),
    )}`
  }
  return `[${columns.map((column) => `toString(${column})`).join(', ')}] ${operator} ${bind.add('Array(Array(String))', keys.values)}`
}

/** Values bound as `{p0:Type}`: nothing that a caller sends becomes SQL text. */
export class Parameters {
  readonly params: Record<string, unknown> = {}

  constructor(private readonly prefix: string) {}

  add(type: string, value: unknown): string {
    const name = `${this.prefix}${Object.keys(this.params).length}`
    this.params[name] = value
    return `{${name}:${type}}`
  }

  /** Takes in what another statement has bound; the prefixes must differ. */
  include(params: Record<string, unknown>): void {
    Object.assign(this.params, params)
  }
}

function assertNever(value: never): never {
  throw new Error(`unexpected ${String(value)}`)
}
