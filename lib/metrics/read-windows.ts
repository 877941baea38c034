import 'server-only'
import { queryRows } from '@/db/clickhouse/client'
import { AppError } from '@/lib/errors'
import { answerRow, readBuiltRows } from '@/lib/metrics/built-rows'
import { compileStatement } from '@/lib/metrics/compile'
import { chooseLens } from '@/lib/metrics/compile-requests'
import { isServedByRollups } from '@/lib/metrics/compile-rollups'
import { type FixedView, openFixedView } from '@/lib/metrics/fixed-view'
import { type Group, overallAtoms, sumGroups, sumOverall, toGroup } from '@/lib/metrics/groups'
import { ERASED, nameUsers, readNames } from '@/lib/metrics/name-users'
import { firstGroups, sortGroups } from '@/lib/metrics/order-rows'
import {
  countsRequests,
  MAX_RESULT_ROWS,
  needsKeys,
  type Plan,
  type PricedPlan,
  rankStatement,
  windowStatements,
} from '@/lib/metrics/plan'
import type { Activity } from '@/lib/metrics/read-activity'
import { type PutTogether, readHalves } from '@/lib/metrics/read-halves'
import type { LedgerState } from '@/lib/metrics/read-ledger'
import { ATOMS, type AtomValues, dimensionLevel } from '@/lib/metrics/registry'
import type { HashedUsers, Source, Statement } from '@/lib/metrics/statement'
import type { Range } from '@/lib/time'

/** What the store says of one window. `other` is the rest beyond the rows that are named. */
export type WindowGroups = {
  buckets: readonly Date[] | null
  rows: Group[]
  other: Group[]
  totals: AtomValues
  /** Fixed cost that no usage bears, by bucket, where rows have keys; and what of it is in the totals. */
  idle?: { groups: Group[]; total: string }
}
export type Windows = { current: WindowGroups; previous: WindowGroups | null }

/**
 * What the store says of a question's windows, by this state of the ledger: rows, what lies beyond them, totals.
 * @throws AppError `invalid_query` when too many rows would have to be ranked, `unavailable` when a store does not answer.
 */
export async function readWindows(
  asked: Plan,
  { noneMixed, cleanDays, settled, priceChanges }: LedgerState & Pick<Activity, 'noneMixed'>,
): Promise<{ windows: Windows; source: Source }> {
  const plan: PricedPlan = { ...asked, priceChanges }
  const sources = new Set<Source>()
  const answer = async (statement: Statement): Promise<StatementAnswer> => {
    const routed = plan.routes && plan.routes.length > 0
    const found = await runStatement(plan, { ...statement, noneMixed, ...(routed ? {} : { cleanDays, settled }) })
    sources.add(found.source)
    return found
  }
  const run = async (statement: Statement): Promise<Group[]> => (await answer(statement)).groups
  const fixed = await openFixedView(plan, run)
  const isLimited = plan.query.limit !== undefined && plan.dimensions.length > 0
  const ranking = needsKeys(plan) || (fixed && isLimited) ? await rankKeys(plan, rankBy(plan, answer, fixed)) : null
  const restriction = ranking && { dimensions: plan.dimensions, values: ranking.keys, negate: false }
  const isApart = !countsRequests(plan) || ((noneMixed || !splitsRequests(plan)) && isOfRequests(plan))
  const mayCountOverall =
    !isApart && !ranking && noneMixed && plan.filters.every(({ dimension }) => dimensionLevel(dimension) === 'request')
  const readWindow = async (range: Range, found: RankedWindow | null): Promise<WindowGroups> => {
    const statements = windowStatements(plan, range, restriction)
    // Only where all rows come from rollups anyway are totals made of them.
    const mayBeWhole = (isApart || mayCountOverall) && !ranking && isReadWhole(statements.rows)
    const isOverall = mayCountOverall && mayBeWhole
    const rowsStatement = isOverall
      ? { ...statements.rows, atoms: [...plan.atoms, ...overallAtoms(plan.atoms)] }
      : statements.rows
    const { buckets } = rowsStatement
    const ranked = isApart && !fixed && !plan.dimensions.includes('user') ? (found?.whole ?? null) : null
    const readRows = async (): Promise<Pick<StatementAnswer, 'groups' | 'whole'>> => {
      if (ranking?.keys.length === 0) return { groups: [], whole: null }
      if (found?.rows && !buckets && !fixed) return { groups: found.rows, whole: null }
      return answer(rowsStatement)
    }
    const readOther = async (): Promise<Group[]> => {
      if (!statements.other || !found?.hasMore) return []
      return ranked && !buckets ? sumOthers(plan, ranked, ranking?.keys ?? []) : run(statements.other)
    }
    const readTotals = async (rows: Promise<Pick<StatementAnswer, 'groups' | 'whole'>>): Promise<AtomValues> => {
      if (ranked) return sumWhole(plan, ranked, false)
      const whole = mayBeWhole ? (await rows).whole : null
      if (whole) return sumWhole(plan, whole, isOverall)
      const [totals] = await run(statements.totals)
      return totals?.atoms ?? {}
    }
    const addsUp = isApart && isAdditive(plan) && (ranking ? plan.query.other || !found?.hasMore : !isLimited)
    const reading = readRows()
    const [{ groups: rows }, other, totals] = await Promise.all([
      reading,
      readOther(),
      addsUp ? null : readTotals(reading),
    ])
    const read = { buckets, rows, other, totals: totals ?? sumGroups(plan.atoms, [...rows, ...other]) }
    if (!fixed) return read
    const viewed = await fixed.addTo(range, read, restriction)
    return { ...viewed, rows: [...sortGroups(plan, viewed.rows, buckets !== null)] }
  }
  const [current, previous] = await Promise.all([
    readWindow(plan.current, ranking?.current ?? null),
    plan.previous ? readWindow(plan.previous, ranking?.previous ?? null) : null,
  ])
  return { windows: { current, previous }, source: joinSources(sources) }
}

/** Groups that are kept are summed again and again. */
const sums = new WeakMap<readonly Group[], Map<string, AtomValues>>()

function sumWhole({ atoms }: Plan, groups: readonly Group[], isOverall: boolean): AtomValues {
  const of = sums.get(groups) ?? new Map<string, AtomValues>()
  const key = `${isOverall} ${atoms.join(' ')}`
  const sum = of.get(key) ?? (isOverall ? sumOverall : sumGroups)(atoms, groups)
  sums.set(groups, of.set(key, sum))
  return sum
}

function joinSources(sources: ReadonlySet<Source>): Source {
  if (sources.has('raw')) return 'raw'
  const [only] = sources
  return sources.size === 1 && only ? only : 'mixed'
}

/**
 * What ranking found out about one window: its rows, where it read all of those named, whether there are more, and all of
 * them, where they were read.
 */
type RankedWindow = { rows: Group[] | null; hasMore: boolean; whole: StatementAnswer['whole'] }

type Ranking = { keys: readonly (readonly string[])[]; current: RankedWindow; previous: RankedWindow | null }

type Rank = (range: Range, count: number) => Promise<Pick<StatementAnswer, 'groups' | 'whole'>>

/** The first groups of a window; under a view with fixed costs these are known only when all groups are. */
function rankBy(
  plan: PricedPlan,
  answer: (statement: Statement) => Promise<StatementAnswer>,
  fixed: FixedView | null,
): Rank {
  if (!fixed) return (range, count) => answer(rankStatement(plan, range, count))
  return async (range, count) => {
    const { groups: rows } = await answer({ ...rankStatement(plan, range, MAX_RESULT_ROWS + 1), order: undefined })
    if (rows.length > MAX_RESULT_ROWS) {
      throw new AppError(
        'invalid_query',
        `costView: more than ${MAX_RESULT_ROWS} rows would have to be ranked. Add a filter, shorten the range, or ask by usage.`,
      )
    }
    const viewed = await fixed.addTo(range, { buckets: null, rows, other: [], totals: {} }, null)
    return { groups: sortGroups(plan, viewed.rows, false).slice(0, count), whole: null }
  }
}

/** Keys of the top rows over the whole range, then those that only the other window has, up to the limit. */
async function rankKeys(plan: PricedPlan, rank: Rank): Promise<Ranking> {
  const limit = plan.query.limit ?? MAX_RESULT_ROWS
  const idOf = ({ keys }: Group) => JSON.stringify(keys)
  const { groups: found, whole } = await rank(plan.current, limit + 1)
  const named = found.slice(0, limit)
  const current = { rows: named, hasMore: found.length > limit, whole }
  if (!plan.previous || named.length >= limit) {
    const previous = plan.previous ? { rows: null, hasMore: true, whole: null } : null
    return { keys: named.map((group) => group.keys), current, previous }
  }
  const { groups: earlier, whole: wholeEarlier } = await rank(plan.previous, limit * 2)
  const seen = new Set(named.map(idOf))
  const added = earlier.filter((group) => !seen.has(idOf(group))).slice(0, limit - named.length)
  const keys = [...named, ...added].map((group) => group.keys)
  const kept = new Set([...named, ...added].map(idOf))
  const isWhole = earlier.length < limit * 2
  const rows = earlier.filter((group) => kept.has(idOf(group)))
  const hasMore = !isWhole || rows.length < earlier.length
  return { keys, current, previous: { rows: isWhole ? rows : null, hasMore, whole: wholeEarlier } }
}

/** Whether rows are made by what all attempts of a request share, where none has attempts that differ in that. */
function isOfRequests(plan: Plan): boolean {
  return plan.dimensions.every((name) => dimensionLevel(name) === 'request')
}

/** Whether nothing is asked that cannot be summed; rows add up to totals then. */
function isAdditive(plan: Plan): boolean {
  if (plan.dimensions.length === 0 && plan.granularity === null) return true
  return plan.atoms.every((name) => ATOMS[name].kind !== 'state')
}

/** Whether a statement's groups are likely all read, whatever its limit: of users there are too many. */
function isReadWhole(statement: Statement): boolean {
  return !statement.dimensions.includes('user') && isServedByRollups(statement, chooseLens(statement))
}

/** What all groups but those with these keys add up to; users would be hashes among the one and names among the other. */
function sumOthers(plan: Plan, groups: readonly Group[], keys: readonly (readonly string[])[]): Group[] {
  const named = new Set(keys.map((key) => JSON.stringify(key)))
  const others = groups.filter((group) => !named.has(JSON.stringify(group.keys)))
  return others.length === 0 ? [] : [{ keys: [], bucket: null, atoms: sumGroups(plan.atoms, others) }]
}

/** Whether a request may lie in several rows: not where all attempts are one row, or rows differ in time alone. */
function splitsRequests(plan: Plan): boolean {
  return plan.dimensions.length > 0
}

/** Groups of a statement, in its order and up to its limit; `whole` are all of them, in no order, where they were read. */
type StatementAnswer = { source: Source; groups: Group[]; whole: readonly Group[] | null }

async function runStatement(plan: Plan, statement: Statement): Promise<StatementAnswer> {
  const compiled = compileStatement(statement)
  const { sql, params, source, hashedUsers, halves } = compiled
  const put = halves ? await readHalves(halves, compiled, statement) : null
  if (put) {
    const hasBuckets = statement.buckets !== null
    const named = hashedUsers ? await nameGroups(plan, statement, hashedUsers, put) : put.groups
    const groups = sortGroups(plan, named, hasBuckets).slice(0, statement.limit)
    return { source, groups, whole: put.isWhole ? put.groups : null }
  }
  const found =
    source === 'rollup'
      ? await readBuiltRows({ sql, params, isLong: hashedUsers !== undefined })
      : await queryRows(answerRow, sql, { params })
  const rows = hashedUsers ? await nameUsers(found, hashedUsers, statement.scope) : found
  return { source, groups: rows.map((row) => toGroup(row, statement)), whole: null }
}

/** The first groups of a statement, and those equal to the last of them, with users' names in the place of their hashes. */
async function nameGroups(
  plan: Plan,
  statement: Statement,
  { keyColumn }: HashedUsers,
  { groups, names }: PutTogether,
): Promise<Group[]> {
  const { limit, scope } = statement
  const first = limit === undefined ? groups : firstGroups(plan, groups, statement.buckets !== null, limit)
  const at = Number(keyColumn.slice(1))
  const unnamed = first.flatMap(({ keys }) => (keys[at] === '0' || names.has(keys[at] ?? '') ? [] : [keys[at] ?? '']))
  const kept = await readNames([...new Set(unnamed)], scope)
  const nameOf = (hash: string) => (hash === '0' ? '' : (names.get(hash) ?? kept.get(hash) ?? ERASED))
  return first.map((group) => ({ ...group, keys: group.keys.map((key, index) => (index === at ? nameOf(key) : key)) }))
}
