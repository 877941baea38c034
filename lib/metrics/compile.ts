import { compileFromAttempts } from '@/lib/metrics/compile-attempts'
import { Parameters } from '@/lib/metrics/compile-filters'
import { chooseLens } from '@/lib/metrics/compile-requests'
import { compileFromRollups, isServedByRollups } from '@/lib/metrics/compile-rollups'
import type { Compiled, Statement } from '@/lib/metrics/statement'

/**
 * Compiles one SELECT over rollups and `attempts` (read with FINAL). The tenant's scope is part of it.
 *
 * Requests under attempt-level dimensions: a request counts once in each row in which at least one of its attempts falls,
 * in the bucket of its first attempt there, wherever that lies; the design's rule. Requests whose attempts differ in
 * request-level context (`mixed`) are always counted distinctly.
 */
export function compileStatement(statement: Statement, parameterPrefix = 'p'): Compiled {
  const lens = chooseLens(statement)
  const fromRollups = compileFromRollups(statement, lens, new Parameters(parameterPrefix))
  if (fromRollups) return fromRollups
  const compiled = compileFromAttempts(statement, lens, new Parameters(parameterPrefix))
  return isServedByRollups(statement, lens) ? { ...compiled, source: 'attempts' } : compiled
}
