import type { CleanDay } from '@/lib/metrics/clean-days'
import type { AtomName, DimensionName, Duration } from '@/lib/metrics/registry'
import type { SettledSpan } from '@/lib/metrics/settled-span'
import type { OpenPriceChange } from '@/lib/pricing/open-price-change'
import type { Route } from '@/lib/scenarios/scenario'
import type { Range } from '@/lib/time'

/** A filter with the values as they are stored ('' = unattributed); names of workspaces and keys are ids by now. */
export type CompiledFilter = {
  dimension: DimensionName
  operator: 'in' | 'notIn' | 'contains'
  values: readonly string[]
}

/** Which workspaces are read and how their cost is chosen. Comes from the session or the key, never from a caller's body. */
export type StoreScope = {
  workspaceIds: readonly number[]
  /** Of these, the ones that prefer the price book over a cost reported by the provider. */
  bookFirstWorkspaceIds: readonly number[]
}

/** Keys by value, or as a SELECT of them, so that they are found and used in one statement. */
export type KeyRestriction = { dimensions: readonly DimensionName[]; negate: boolean } & (
  | { values: readonly (readonly string[])[] }
  | { select: Pick<Compiled, 'sql' | 'params'> }
)

/** One SELECT's worth of a question. */
export type Statement = {
  scope: StoreScope
  range: Range
  dimensions: readonly DimensionName[]
  /** Starts of the time buckets, ascending, when time is a dimension. */
  buckets: readonly Date[] | null
  atoms: readonly AtomName[]
  filters: readonly CompiledFilter[]
  /** Restricts rows to these keys of `dimensions`, or to all others. */
  keys?: KeyRestriction
  /** True when no request of these workspaces has attempts that differ in request-level context: flags then suffice. */
  noneMixed?: boolean
  order?: readonly { sql: string; direction: 'asc' | 'desc' }[]
  limit?: number
  /** Days that may be read from rollups; absent: everything is read from attempts. */
  cleanDays?: readonly CleanDay[]
  /** Behind these days: what of the attempts has settled. */
  settled?: readonly SettledSpan[]
  /** By which attempts are read as if they had been routed otherwise; nothing is then read from rollups. */
  routes?: readonly Route[]
  /** Changes of prices that stored attempts have not caught up with; clean days hold nothing that they touch. */
  priceChanges: readonly OpenPriceChange[]
}

export type Compiled = {
  sql: string
  params: Record<string, unknown>
  source: Source
  /** Set where an answer can be put together of what its clean days say and what the attempts say of the rest. */
  halves?: Halves
  /** Set where the column of the dimension `user` holds hashes, see name-users.ts. */
  hashedUsers?: HashedUsers
}

/**
 * SELECTs with the same columns that add up to an answer, without its order and limit: a column for each additive atom,
 * one for the histogram of each duration, `user_name` where users are hashes.
 */
export type Halves = {
  /** Reads clean days alone, so it says the same as long as they stand. */
  built: string
  /** Reads the attempts that have settled, a part of their span at a time; null where there are none. */
  settled: SettledHalf | null
  /** Reads all other attempts; null where there are none. */
  rest: string | null
  durations: readonly Duration[]
  /** Of users as hashes: the atom by which the highest are asked for, where that is all that matters. */
  highestBy: AtomName | null
}

/** `key` names what is asked, whatever the instants. */
export type SettledHalf = { span: SettledSpan; key: string; select(fromMs: number, toMs: number): string }

/**
 * What an answer was read from. `rollup`: rollups alone. `mixed`: rollups, and attempts for days that are being written.
 * `attempts`: attempts, since no day was clean. `raw`: attempts, since no rollup can tell.
 */
export type Source = 'rollup' | 'mixed' | 'attempts' | 'raw'

/** Rows whose users are hashes come with every tie of the last one, so that ties can be broken by name. */
export type HashedUsers = { keyColumn: string; orderColumns: readonly string[]; limit: number | null }
