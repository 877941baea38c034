import 'server-only'
import { queryRows } from '@/db/clickhouse/client'
import { groupRow, readBuiltRows } from '@/lib/metrics/built-rows'
import { type Group, mergeGroups, toGroup } from '@/lib/metrics/groups'
import type { Compiled, Statement } from '@/lib/metrics/statement'

/** Of more groups than these the engine adds up faster than we do. */
const MAX_BUILT = 5_000

/**
 * The groups of a mixed answer, without order or limit: what its clean days say, from memory where it was asked before, and
 * what the attempts say of the rest. Both as the ledger was when the statement was compiled, or later for the rest, as in
 * one statement. Null where there is too much to add up here.
 * @throws AppError `unavailable` when the engine does not answer.
 */
export async function readHalves(
  { built, rest }: NonNullable<Compiled['halves']>,
  params: Compiled['params'],
  statement: Statement,
): Promise<Group[] | null> {
  const standing = await readBuiltRows({ sql: `${built} LIMIT ${MAX_BUILT + 1}`, params })
  if (standing.length > MAX_BUILT) return null
  const moving = await queryRows(groupRow, rest, { params })
  const groups = [...standing, ...moving].map((row) => toGroup(row, statement))
  return mergeGroups(statement.atoms, groups)
}
