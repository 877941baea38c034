import { compileStatement } from '@/lib/metrics/compile'
import { orderSql } from '@/lib/metrics/compile-attempts'
import type { Compiled, KeyRestriction, Statement } from '@/lib/metrics/statement'

/**
 * Compiles several statements into one SELECT, so that all of them are read from one version of the data. The column
 * `part` is a statement's index; within a part, rows keep its order. All must ask for the same atoms.
 */
export function compileParts(statements: readonly Statement[]): Pick<Compiled, 'sql' | 'params'> {
  const dimensions = Math.max(0, ...statements.map((statement) => statement.dimensions.length))
  const keys = Array.from({ length: dimensions }, (_, index) => `d${index}`)
  const compiled = statements.map((statement, part) => compileStatement(statement, `part${part}_`))
  const parts = statements.map((statement, part) => {
    const columns = [
      `${part} AS part`,
      ...keys.map((key, index) => (index < statement.dimensions.length ? key : `'' AS ${key}`)),
      statement.buckets ? 't' : '0 AS t',
      ...statement.atoms,
      `${positionSql(statement)} AS position`,
    ]
    return `SELECT ${columns.join(', ')} FROM (${compiled[part]?.sql})`
  })
  return {
    sql: `SELECT * EXCEPT position FROM (${parts.join(' UNION ALL ')}) ORDER BY part, position`,
    params: Object.assign({}, ...compiled.map(({ params }) => params)),
  }
}

/**
 * The keys that an answer names, as a SELECT: those that rank first in the current window, then those that only the other
 * window has, in its order, `limit` at most.
 */
export function compileKeySelect(
  current: Statement,
  previous: Statement | null,
  limit: number,
): Extract<KeyRestriction, { select: unknown }>['select'] {
  const keys = current.dimensions.map((_, index) => `d${index}`).join(', ')
  const sides = [current, ...(previous ? [previous] : [])]
  const compiled = sides.map((statement, side) => compileStatement(statement, `rank${side}_`))
  const ranked = sides.map(
    (statement, side) =>
      `SELECT ${keys}, ${side} AS side, ${positionSql(statement)} AS position FROM (${compiled[side]?.sql})`,
  )
  return {
    sql: `SELECT ${keys} FROM (${ranked.join(' UNION ALL ')}) GROUP BY ${keys}
      ORDER BY min((side, position)) LIMIT ${Math.trunc(limit)}`,
    params: Object.assign({}, ...compiled.map(({ params }) => params)),
  }
}

/** A row's number in its statement's order: a union keeps no order of its own. */
function positionSql(statement: Statement): string {
  const keys = [...statement.dimensions.map((_, index) => `d${index}`), ...(statement.buckets ? ['t'] : [])]
  return `row_number() OVER (${orderSql(statement.order ?? [], keys)})`
}
