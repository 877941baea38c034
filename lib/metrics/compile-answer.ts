import { compileStatement } from '@/lib/metrics/compile'
import { bucketList, orderSql } from '@/lib/metrics/compile-attempts'
import type { Compiled, Statement } from '@/lib/metrics/statement'

/** Column of the other window's value of an atom. */
export const previousColumn = (atom: string): string => `previous_${atom}`

/** Values of the column `part`. */
export const TOTALS_PART = '0'
const ROWS_PART = '1'

/** One SELECT, without the choice of a source: it never knows what else the tables hold. */
type CompiledAnswer = Pick<Compiled, 'sql' | 'params'>

/**
 * Compiles the rows of a question and their totals into one SELECT, so that both are read from one version of the data.
 * The first row is the totals (`part` 0), then come the rows in their order; time is the column `t`.
 */
export function compileAnswer(rows: Statement): CompiledAnswer {
  const keys = keyColumns(rows, 't')
  const totals = compileStatement(totalsOf(rows), 'totals_')
  const main = compileStatement(rows, 'rows_')
  const parts = [
    `SELECT ${[`${TOTALS_PART} AS part`, ...emptyKeys(rows, 't'), ...rows.atoms].join(', ')} FROM (${totals.sql})`,
    `SELECT ${[`${ROWS_PART} AS part`, ...keys, ...rows.atoms].join(', ')} FROM (${main.sql})`,
  ]
  const order = orderSql([{ sql: 'part', direction: 'asc' }, ...(rows.order ?? [])], keys)
  return {
    sql: `SELECT * FROM (${parts.join(' UNION ALL ')}) ${order}`,
    params: { ...totals.params, ...main.params },
  }
}

/**
 * As {@link compileAnswer}, of two windows: a row for every key that either window has, so that the store joins them and
 * the answer can be streamed. Buckets are matched by their position in their own window, column `p` (1-based); those that
 * the current window does not have are left out of the rows. Rows that only the other window has come last, within their
 * bucket where rows stand by time.
 */
export function compileComparison(
  current: Statement,
  previous: Statement,
  timeDirection: 'asc' | 'desc' | null,
): CompiledAnswer {
  const keys = keyColumns(current, 'p')
  const sides = [
    { statement: current, part: ROWS_PART, isCurrent: true },
    { statement: previous, part: ROWS_PART, isCurrent: false },
    { statement: totalsOf(current), part: TOTALS_PART, isCurrent: true },
    { statement: totalsOf(previous), part: TOTALS_PART, isCurrent: false },
  ].map((side, index) => ({ ...side, compiled: compileStatement(side.statement, `side${index}_`) }))
  const union = sides.map(({ statement, part, isCurrent, compiled }) => {
    const position = statement.buckets ? [`indexOf(${bucketList(statement.buckets)}, t) AS p`] : []
    const own = part === ROWS_PART ? [...keyColumns({ ...current, buckets: null }, 'p'), ...position] : null
    const columns = [
      `${part} AS part`,
      ...(own ?? emptyKeys(current, 'p')),
      `${isCurrent ? 1 : 0} AS here`,
      ...current.atoms.map((name) => (isCurrent ? `toNullable(side.${name}) AS ${name}` : `NULL AS ${name}`)),
      ...current.atoms.map((name) => `${isCurrent ? 'NULL' : `toNullable(side.${name})`} AS ${previousColumn(name)}`),
    ]
    const surplus = part === ROWS_PART && !isCurrent && current.buckets ? `WHERE p <= ${current.buckets.length}` : ''
    return `SELECT ${columns.join(', ')} FROM (${compiled.sql}) AS side ${surplus}`
  })
  const atoms = [...current.atoms, ...current.atoms.map(previousColumn)]
  const byTime = timeDirection ? [{ sql: 'p', direction: timeDirection }] : []
  const order = (current.order ?? []).flatMap(({ sql, direction }) => {
    if (sql !== 't') return [{ sql, direction }]
    return timeDirection ? [] : [{ sql: 'p', direction }]
  })
  const groupColumns = ['part', ...keys]
  return {
    sql: `SELECT ${[
      ...groupColumns,
      'max(here) AS in_current',
      '1 - min(here) AS in_previous',
      ...atoms.map((name) => `any(${name}) AS ${name}`),
    ].join(', ')} FROM (${union.join(' UNION ALL ')}) GROUP BY ${groupColumns.join(', ')} ${orderSql(
      [{ sql: 'part', direction: 'asc' }, ...byTime, { sql: 'in_current', direction: 'desc' }, ...order],
      keys,
    )}`,
    params: Object.assign({}, ...sides.map(({ compiled }) => compiled.params)),
  }
}

function totalsOf(statement: Statement): Statement {
  return { ...statement, dimensions: [], buckets: null, order: [] }
}

function keyColumns(statement: Statement, time: string): string[] {
  return [...statement.dimensions.map((_, index) => `d${index}`), ...(statement.buckets ? [time] : [])]
}

/** The totals have no keys. */
function emptyKeys(statement: Statement, time: string): string[] {
  const names = statement.dimensions.map((_, index) => `'' AS d${index}`)
  return [...names, ...(statement.buckets ? [`0 AS ${time}`] : [])]
}
