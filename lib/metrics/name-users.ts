import 'server-only'
import { z } from 'zod'
import { queryRows } from '@/db/clickhouse/client'
import type { HashedUsers, StoreScope } from '@/lib/metrics/statement'

type StoreRow = Record<string, string | null>

const nameRow = z.object({ user_hash: z.string(), user_id: z.string() })

/** Beyond so many hashes the names of the whole workspace are read instead. */
const MAX_LISTED = 5_000

/** What is shown for a hash whose name is gone: it was erased while the question was answered. */
export const ERASED = '(erased)'

/**
 * Puts users' names in the place of their hashes, breaks ties by name, as every other dimension does, and cuts at the limit.
 * @throws AppError `unavailable` when the store does not answer.
 */
export async function nameUsers(rows: readonly StoreRow[], users: HashedUsers, scope: StoreScope): Promise<StoreRow[]> {
  const { keyColumn, orderColumns, limit } = users
  const unnamed = rows.flatMap((row) => (row.user_name || row[keyColumn] === '0' ? [] : [row[keyColumn] ?? '']))
  const names = await readNames([...new Set(unnamed)], scope)
  const named = rows.map((row) => {
    const hash = row[keyColumn] ?? ''
    return { ...row, [keyColumn]: hash === '0' ? '' : row.user_name || (names.get(hash) ?? ERASED) }
  })
  const sorted = breakTies(named, orderColumns, (row) => Buffer.from(row[keyColumn] ?? ''))
  return limit === null ? sorted : sorted.slice(0, limit)
}

/**
 * Names of users by their hashes; one whose name is gone is not in it.
 * @throws AppError `unavailable` when the store does not answer.
 */
export async function readNames(hashes: readonly string[], scope: StoreScope): Promise<Map<string, string>> {
  if (hashes.length === 0) return new Map()
  // Numbers in the statement: the engine takes longer over a parameter than over the look-up.
  const listed =
    hashes.length <= MAX_LISTED ? `AND user_hash IN (${hashes.map((hash) => BigInt(hash)).join(', ')})` : ''
  const rows = await queryRows(
    nameRow,
    `SELECT toString(user_hash) AS user_hash, user_id FROM user_names
     WHERE workspace_id IN (${scope.workspaceIds.map((id) => Math.trunc(id)).join(', ')}) ${listed}`,
    { settings: { max_threads: 1 } },
  )
  return new Map(rows.map((row) => [row.user_hash, row.user_id]))
}

/** Rows stand in the store's order; those with equal values there are sorted by their key's bytes. */
function breakTies(rows: StoreRow[], orderColumns: readonly string[], keyOf: (row: StoreRow) => Buffer): StoreRow[] {
  const sorted: StoreRow[] = []
  let tied: StoreRow[] = []
  const valuesOf = (row: StoreRow) => JSON.stringify(orderColumns.map((column) => row[column]))
  const flush = () => {
    sorted.push(...tied.sort((a, b) => Buffer.compare(keyOf(a), keyOf(b))))
    tied = []
  }
  for (const row of rows) {
    const [first] = tied
    if (first && valuesOf(first) !== valuesOf(row)) flush()
    tied.push(row)
  }
  flush()
  return sorted
}
