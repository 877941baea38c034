import { addCounts, type Histogram, quantileOf } from '@/lib/metrics/histogram'
import {
  ATOMS,
  type Atom,
  type AtomName,
  type AtomValues,
  DURATIONS,
  type Duration,
  OVERALL_ATOMS,
} from '@/lib/metrics/registry'
import type { Statement } from '@/lib/metrics/statement'
import { addDecimals, compareDecimals } from '@/lib/money'

/** What a statement says of one key of its dimensions and one bucket. */
export type Group = {
  keys: readonly string[]
  bucket: number | null
  atoms: AtomValues
  /** Of the durations whose quantiles are among the atoms, where the groups were put together here. */
  histograms?: Histograms
}

type Histograms = Readonly<Partial<Record<Duration, Histogram>>>

/** The group that a row of a compiled statement stands for. Pure. */
export function toGroup(row: Readonly<Record<string, string | null>>, statement: Statement): Group {
  return {
    keys: statement.dimensions.map((_, index) => row[`d${index}`] ?? ''),
    bucket: statement.buckets ? Number(row.t) : null,
    atoms: Object.fromEntries(statement.atoms.map((name) => [name, row[name] ?? null])),
  }
}

const quantileOfAtom = (name: AtomName): Atom['quantile'] => {
  const atom: Atom = ATOMS[name]
  return atom.quantile
}

const DURATION_NAMES = Object.keys(DURATIONS).filter((name): name is Duration => name in DURATIONS)

function sumHistograms(groups: readonly Group[]): Histograms | undefined {
  if (!groups.every(({ histograms }) => histograms)) return undefined
  const sums = DURATION_NAMES.flatMap((duration) => {
    const own = groups.flatMap(({ histograms }) => (histograms?.[duration] ? [histograms[duration]] : []))
    return own.length > 0 ? [[duration, addCounts(own)] as const] : []
  })
  return Object.fromEntries(sums)
}

/** The sum of all groups: additive atoms exactly; one that has no value in any group has none in the sum. */
function sumAll(atoms: readonly AtomName[], groups: readonly Group[]): Pick<Group, 'atoms' | 'histograms'> {
  const [only] = groups
  if (groups.length === 1 && only && !only.histograms) return only
  const histograms = sumHistograms(groups)
  const sum = (name: AtomName): string | null => {
    const quantile = quantileOfAtom(name)
    if (quantile) return histograms ? quantileOf(histograms[quantile.of], quantile.level) : null
    const values = groups.map((group) => group.atoms[name] ?? null)
    return values.every((value) => value === null) ? null : addDecimals(values)
  }
  return {
    atoms: Object.fromEntries(atoms.map((name) => [name, sum(name)])),
    ...(histograms ? { histograms } : {}),
  }
}

/** Sums of additive atoms, exact, and quantiles of all where every group has its histograms. Pure. */
export function sumGroups(atoms: readonly AtomName[], groups: readonly Group[]): AtomValues {
  return groups.length === 0 ? {} : sumAll(atoms, groups).atoms
}

/** What atoms need beside them so that {@link sumOverall} can tell what groups that split requests add up to. */
export function overallAtoms(atoms: readonly AtomName[]): AtomName[] {
  return OVERALL_ATOMS.flatMap(([name, overall]) => (atoms.includes(name) ? [overall] : []))
}

/** As {@link sumGroups}, of groups that split requests and have {@link overallAtoms}: each request is counted once. Pure. */
export function sumOverall(atoms: readonly AtomName[], groups: readonly Group[]): AtomValues {
  const sums = sumGroups([...atoms, ...overallAtoms(atoms)], groups)
  const counted = OVERALL_ATOMS.flatMap(([name, overall]) => (sums[overall] ? [[name, sums[overall]] as const] : []))
  return { ...sums, ...Object.fromEntries(counted) }
}

/** Groups of equal keys and bucket as one, by {@link sumGroups}; in the order in which each is first met. Pure. */
export function mergeGroups(atoms: readonly AtomName[], groups: readonly Group[]): Group[] {
  const byKey = new Map<string, Group[]>()
  for (const group of groups) {
    const key = JSON.stringify([group.bucket, ...group.keys])
    const same = byKey.get(key)
    if (same) same.push(group)
    else byKey.set(key, [group])
  }
  return [...byKey.values()].flatMap((same) => {
    const [first] = same
    return first ? [{ ...first, ...sumAll(atoms, same) }] : []
  })
}

/**
 * The `limit` highest groups, by an atom that is never negative, and all that are equal to the last of them. Of one part
 * only the highest are known (`top`, in descending order): what is not among them has at most as much there as the least of
 * them. Of the other part all that could make a difference are known. Null where it cannot be told. Pure.
 */
export function pickHighest(
  top: readonly Group[],
  others: readonly Group[],
  { atoms, by, limit }: { atoms: readonly AtomName[]; by: AtomName; limit: number },
): Group[] | null {
  const keyOf = ({ keys, bucket }: Group) => JSON.stringify([bucket, ...keys])
  const known = new Set(top.map(keyOf))
  const amountOf = (group: Group | undefined) => group?.atoms[by] ?? null
  const isBelow = (amount: string | null, other: string) => amount === null || compareDecimals(amount, other) < 0
  const most = amountOf(top.at(-1)) ?? '0'
  const merged = mergeGroups(atoms, [...top, ...others])
  const sorted = merged
    .filter((group) => known.has(keyOf(group)))
    .sort((a, b) => compareAmounts(amountOf(b), amountOf(a)))
  const cut = amountOf(sorted[limit - 1])
  if (cut === null || !isBelow(most, cut)) return null
  const isSure = merged.every((group) => known.has(keyOf(group)) || isBelow(addDecimals([amountOf(group), most]), cut))
  return isSure ? sorted.filter((group) => !isBelow(amountOf(group), cut)) : null
}

/** Nothing is less than any amount. */
function compareAmounts(a: string | null, b: string | null): number {
  if (a === null || b === null) return Number(b === null) - Number(a === null)
  return compareDecimals(a, b)
}
