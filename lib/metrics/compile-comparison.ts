import { bucketList, compileStatement, type Statement } from '@/lib/metrics/compile'

/** Column of the other window's value of an atom. */
export const previousColumn = (atom: string): string => `previous_${atom}`

/**
 * Compiles two windows of one question into one SELECT: a row for every key that either window has, so that the store
 * joins them and the answer can be streamed. Buckets are matched by their position in their own window, column `p`
 * (1-based). Rows that only the other window has come last, within their bucket where rows stand by time.
 */
export function compileComparison(
  current: Statement,
  previous: Statement,
  timeDirection: 'asc' | 'desc' | null,
): { sql: string; params: Record<string, unknown> } {
  const sides = [
    { statement: current, compiled: compileStatement(current, 'current_'), isCurrent: true },
    { statement: previous, compiled: compileStatement(previous, 'previous_'), isCurrent: false },
  ]
  const keys = [...current.dimensions.map((_, index) => `d${index}`), ...(current.buckets ? ['p'] : [])]
  const union = sides.map(({ statement, compiled, isCurrent }) => {
    const columns = [
      ...statement.dimensions.map((_, index) => `d${index}`),
      ...(statement.buckets ? [`indexOf(${bucketList(statement.buckets)}, t) AS p`] : []),
      `${isCurrent ? 1 : 0} AS here`,
      ...statement.atoms.map((name) => (isCurrent ? `toNullable(side.${name}) AS ${name}` : `NULL AS ${name}`)),
      ...statement.atoms.map((name) => `${isCurrent ? 'NULL' : `toNullable(side.${name})`} AS ${previousColumn(name)}`),
    ]
    return `SELECT ${columns.join(', ')} FROM (${compiled.sql}) AS side`
  })
  const atoms = [...current.atoms, ...current.atoms.map(previousColumn)]
  const order = [
    ...(timeDirection ? [`p ${timeDirection.toUpperCase()}`] : []),
    'in_current DESC',
    ...(current.order ?? []).flatMap(({ sql, direction }) =>
      sql === 't'
        ? timeDirection
          ? []
          : [`p ${direction.toUpperCase()}`]
        : [`${sql} ${direction.toUpperCase()} NULLS LAST`],
    ),
    ...keys,
  ]
  return {
    sql: `SELECT ${[
      ...keys,
      'max(here) AS in_current',
      '1 - min(here) AS in_previous',
      ...atoms.map((name) => `any(${name}) AS ${name}`),
    ].join(', ')} FROM (${union.join(' UNION ALL ')}) GROUP BY ${keys.join(', ')} ORDER BY ${order.join(', ')}`,
    params: Object.assign({}, ...sides.map(({ compiled }) => compiled.params)),
  }
}
