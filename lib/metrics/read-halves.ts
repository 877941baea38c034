import 'server-only'
import type { ClickHouseSettings } from '@clickhouse/client'
import { z } from 'zod'
import { queryRows } from '@/db/clickhouse/client'
import { readStoredParts } from '@/db/clickhouse/statements/stored-parts'
import { type AnswerRow, answerRow, readBuiltRows } from '@/lib/metrics/built-rows'
import { type Group, mergeGroups, overallAtoms, pickHighest, toGroup } from '@/lib/metrics/groups'
import { readNames } from '@/lib/metrics/name-users'
import type { AtomName } from '@/lib/metrics/registry'
import { RepeatedReads } from '@/lib/metrics/repeated-reads'
import { SettledGroups } from '@/lib/metrics/settled-groups'
import type { Compiled, Halves, SettledHalf, Statement } from '@/lib/metrics/statement'
import { subtractDecimals } from '@/lib/money'

/** Of more groups than these the engine adds up faster than we do. */
const MAX_BUILT = 5_000
/** As many of them where each has the counts of a histogram. */
const MAX_BUILT_HISTOGRAMS = 400
/** As many of them where only the highest are asked for, or more where many of those are: the rest hardly ever matters. */
const MIN_HIGHEST = 200

const settledGroups = new SettledGroups()
const movingRows = new RepeatedReads<AnswerRow>(readStoredParts)

/** Of rows that are kept in memory, which are those of one statement. */
const builtGroups = new WeakMap<readonly AnswerRow[], Group[]>()

/**
 * A moment's attempts: planning takes longer than reading. The older analyser plans flat statements in half the time, and
 * partitions by themselves are worth planning only where there are several.
 */
const REST_SETTINGS: ClickHouseSettings = { enable_analyzer: 0, do_not_merge_across_partitions_select_final: 0 }
/** Behind what has settled there is less than a minute: a second thread costs more than it brings. */
const SHORT_SETTINGS: ClickHouseSettings = { ...REST_SETTINGS, max_threads: 1 }

export type PutTogether = {
  groups: Group[]
  /** Whether these are all groups, and not only the highest. */
  isWhole: boolean
  /** Names of users by the hashes that are keys, as far as they are known by then. */
  names: ReadonlyMap<string, string>
}

/**
 * The groups of an answer, without order or limit: what its clean days and settled attempts say, from memory where it was
 * asked before, and what the attempts say of the rest. All as the ledger was when the statement was compiled, or later for
 * the rest, as in one statement. Where there are many groups and only the highest are asked for, these, with all that are
 * equal to the last of them. Null where there is too much to add up here.
 * @throws AppError `unavailable` when the engine does not answer.
 */
export async function readHalves(
  halves: Halves,
  { params, hashedUsers }: Pick<Compiled, 'params' | 'hashedUsers'>,
  statement: Statement,
): Promise<PutTogether | null> {
  const { built, settled, rest, durations, highestBy } = halves
  const most = mostBuilt(halves, statement)
  const order = highestBy ? `ORDER BY ${highestBy} DESC NULLS LAST` : ''
  const toGroups = (rows: readonly AnswerRow[]) => rows.map((row) => withHistograms(row, statement, halves))
  const toBuiltGroups = (rows: readonly AnswerRow[]): Group[] => {
    const known = builtGroups.get(rows)
    if (known) return known
    const groups = toGroups(rows)
    builtGroups.set(rows, groups)
    return groups
  }
  const hashOf = (row: AnswerRow) => (hashedUsers ? row[hashedUsers.keyColumn] : null)
  const builtRows = readBuiltRows({
    sql: `${built} ${order} LIMIT ${most + 1}`,
    params,
    isLong: hashedUsers !== undefined,
    // The older analyser takes a column for the sum that has its name.
    isFlat: overallAtoms(statement.atoms).every((name) => !statement.atoms.includes(name)),
  })
  const readSome = (sql: string) => readRest(sql, params, statement, settled ? SHORT_SETTINGS : REST_SETTINGS)
  const readMoving = async (sql: string) =>
    rest === null ? [] : await movingRows.ask(`${sql}\n${JSON.stringify(params)}`, () => readSome(sql))
  const readSettled = async ({ span, key, select }: SettledHalf) =>
    await settledGroups.ask({
      key,
      span,
      read: async (fromMs, toMs) => toGroups(await readSome(select(fromMs, toMs))),
      merge: (groups) => mergeGroups(statement.atoms, groups),
    })
  const readHighest = async (by: AtomName) => {
    const rows = await builtRows
    const matters = rows.length > most ? whatMatters(rows, statement, by) : ''
    // Most of them will be among the highest; their names need not wait for what is read of the rest.
    const first = rest === null ? [] : rows.slice(0, statement.limit).flatMap((row) => hashOf(row) ?? [])
    const [moving, names] = await Promise.all([readMoving(`${rest} ${matters}`), readNames(first, statement.scope)])
    return [rows, moving, [], names] as const
  }
  const [standing, moving, kept, known] = highestBy
    ? await readHighest(highestBy)
    : await Promise.all([builtRows, readMoving(rest ?? ''), settled ? readSettled(settled) : [], []])
  const told = moving.flatMap((row) => {
    const hash = hashOf(row)
    return hash && row.user_name ? [[hash, row.user_name] as const] : []
  })
  const names = new Map([...known, ...told])
  if (standing.length <= most) {
    const groupsOfBuilt = toBuiltGroups(standing)
    const isOnePart = rest === null && settled === null && durations.length === 0
    const groups = isOnePart
      ? groupsOfBuilt
      : mergeGroups(statement.atoms, [...groupsOfBuilt, ...kept, ...toGroups(moving)])
    return { groups, isWhole: true, names }
  }
  if (!highestBy || !statement.limit || durations.length > 0) return null
  const highest = pickHighest(toBuiltGroups(standing), toGroups(moving), {
    ...statement,
    by: highestBy,
    limit: statement.limit,
  })
  return highest && { groups: highest, isWhole: false, names }
}

function mostBuilt({ durations, highestBy }: Halves, { limit = MAX_BUILT }: Statement): number {
  if (durations.length > 0) return MAX_BUILT_HISTOGRAMS
  return highestBy ? Math.min(MAX_BUILT, Math.max(MIN_HIGHEST, 4 * limit)) : MAX_BUILT
}

/**
 * HAVING of the groups of the rest that may be among the highest: those that are so among the built ones, and those with so
 * much that they might be, whatever they have there.
 */
function whatMatters(top: readonly AnswerRow[], { dimensions, limit = 0 }: Statement, by: AtomName): string {
  const [least, cut] = [top.at(-1)?.[by] ?? '0', top[limit - 1]?.[by] ?? null]
  if (dimensions.length !== 1 || cut === null) return ''
  const known = top.map((row) => BigInt(row.d0 ?? '0')).join(', ')
  return `HAVING d0 IN (${known}) OR ${by} >= toDecimal256('${subtractDecimals(cut, least)}', 18)`
}

async function readRest(
  sql: string,
  params: Compiled['params'],
  { priceChanges }: Statement,
  settings: ClickHouseSettings,
): Promise<AnswerRow[]> {
  return await queryRows(answerRow, sql, { params, ...(priceChanges.length === 0 ? { settings } : {}) })
}

const counts = z.array(z.number())

function withHistograms(row: AnswerRow, statement: Statement, { durations }: Halves): Group {
  const group = toGroup(row, statement)
  if (durations.length === 0) return group
  const histograms = durations.map((name) => [name, counts.parse(JSON.parse(row[name] ?? '[]'))] as const)
  return { ...group, histograms: Object.fromEntries(histograms) }
}
