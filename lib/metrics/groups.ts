import type { AtomName, AtomValues } from '@/lib/metrics/registry'
import type { Statement } from '@/lib/metrics/statement'
import { addDecimals } from '@/lib/money'

/** What a statement says of one key of its dimensions and one bucket. */
export type Group = { keys: readonly string[]; bucket: number | null; atoms: AtomValues }

/** The group that a row of a compiled statement stands for. Pure. */
export function toGroup(row: Readonly<Record<string, string | null>>, statement: Statement): Group {
  return {
    keys: statement.dimensions.map((_, index) => row[`d${index}`] ?? ''),
    bucket: statement.buckets ? Number(row.t) : null,
    atoms: Object.fromEntries(statement.atoms.map((name) => [name, row[name] ?? null])),
  }
}

/** Sums of additive atoms, exact; an atom that has no value in any group has none in the sum. Pure. */
export function sumGroups(atoms: readonly AtomName[], groups: readonly Group[]): AtomValues {
  if (groups.length === 0) return {}
  const [only] = groups
  if (groups.length === 1 && only) return only.atoms
  const sum = (name: AtomName): string | null => {
    const values = groups.map((group) => group.atoms[name] ?? null)
    return values.every((value) => value === null) ? null : addDecimals(values)
  }
  return Object.fromEntries(atoms.map((name) => [name, sum(name)]))
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
    return first ? [{ ...first, atoms: sumGroups(atoms, same) }] : []
  })
}
