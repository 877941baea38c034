import { cellOf, previousCellOf, type ResultRow } from '@/lib/metrics/result'
import { compareDecimals, subtractDecimals } from '@/lib/money'

/** The rows whose `measure` changed most against the other window, largest change first, either way. */
export function largestMovers(rows: readonly ResultRow[], measure: string, count: number): ResultRow[] {
  const changes = rows.map((row) => {
    const now = cellOf(row, measure)
    const before = previousCellOf(row, measure) ?? null
    const change = subtractDecimals(String(now ?? 0), String(before ?? 0))
    return { row, size: change.replace(/^-/, '') }
  })
  return changes
    .filter(({ size }) => compareDecimals(size, '0') > 0)
    .sort((a, b) => compareDecimals(b.size, a.size))
    .slice(0, count)
    .map(({ row }) => row)
}
