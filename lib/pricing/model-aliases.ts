import { normaliseModel } from './normalise-model'
import { ANY_WORKSPACE, type Interval } from './price-layers'

/** A provider and a model as they were sent, exactly. */
export type RawName = { readonly rawProvider: string; readonly rawModel: string }

/** A provider and a model as the catalogue has them. */
export type CatalogueName = { readonly provider: string; readonly model: string }

/** What a name that was sent stands for from an instant to another, that has not been revoked. */
export type ModelAlias = RawName &
  CatalogueName & {
    readonly id: number
    /** Null: every workspace of the organisation. */
    readonly workspaceId: number | null
    /** Half-open; null is without end. */
    readonly effectiveFrom: Date | null
    readonly effectiveTo: Date | null
  }

/** Aliases by what they are about, for whoever names what is ingested. */
export type AliasIndex = {
  /** What a name stands for in a workspace at an instant (ms); null where no alias says so. */
  nameOf(workspaceId: number, raw: RawName, atMs: number): CatalogueName | null
}

/** Pure. */
export function createAliasIndex(aliases: readonly ModelAlias[]): AliasIndex {
  const byRaw = new Map<string, ModelAlias[]>()
  for (const alias of aliases) byRaw.set(keyOf(alias), [...(byRaw.get(keyOf(alias)) ?? []), alias])
  return {
    nameOf: (workspaceId, raw, atMs) => {
      const ofRaw = byRaw.get(keyOf(raw))
      return ofRaw === undefined ? null : findAlias(ofRaw, workspaceId, atMs)
    },
  }
}

function keyOf({ rawProvider, rawModel }: RawName): string {
  return `${rawProvider}\u0000${rawModel}`
}

/** The alias in force: the workspace's before the organisation's, of those the newest. */
function findAlias(ofRaw: readonly ModelAlias[], workspaceId: number, atMs: number): CatalogueName | null {
  const holding = ofRaw.filter(
    ({ effectiveFrom, effectiveTo }) =>
      (effectiveFrom === null || effectiveFrom.getTime() <= atMs) &&
      (effectiveTo === null || atMs < effectiveTo.getTime()),
  )
  const own = holding.filter((alias) => alias.workspaceId === workspaceId)
  const among = own.length > 0 ? own : holding.filter((alias) => alias.workspaceId === null)
  const [first, ...rest] = among
  if (!first) return null
  const { provider, model } = rest.reduce((newest, alias) => (alias.id > newest.id ? alias : newest), first)
  return { provider, model }
}

/** From when to when a name stands for another than before, and for which; workspace 0 is all that no later entry names. */
export type AliasChange = Interval & CatalogueName & { workspaceId: number }

/**
 * What a change of the aliases of one name changes, in the order in which it takes effect. Whenever it does so for
 * {@link ANY_WORKSPACE}, which comes first, each workspace with an alias or a price of its own follows, because the newest
 * entry that covers a workspace is the one that holds there.
 * @param hasOwnPrices workspaces that have prices of their own for these names
 */
export function findAliasChanges(
  raw: RawName,
  before: readonly ModelAlias[],
  after: readonly ModelAlias[],
  hasOwnPrices: (name: CatalogueName) => readonly number[],
): AliasChange[] {
  const bounds = [...before, ...after].flatMap(({ effectiveFrom, effectiveTo }) => [effectiveFrom, effectiveTo])
  const instants = new Set(bounds.flatMap((bound) => (bound === null ? [] : [bound.getTime()])))
  const edges = [Number.NEGATIVE_INFINITY, ...[...instants].sort((a, b) => a - b)]
  const segments = edges.map((fromMs, at) => ({ fromMs, toMs: edges[at + 1] ?? Number.POSITIVE_INFINITY }))
  const { provider, model } = normaliseModel(raw.rawProvider, raw.rawModel)
  const nameOf = (aliases: readonly ModelAlias[], workspaceId: number, atMs: number): CatalogueName =>
    findAlias(aliases, workspaceId, atMs) ?? { provider, model }
  const changesOf = (workspaceId: number, isForced: (fromMs: number) => boolean): AliasChange[] =>
    joinNeighbours(
      segments.flatMap(({ fromMs, toMs }) => {
        const name = nameOf(after, workspaceId, fromMs)
        if (!isForced(fromMs) && isSame(name, nameOf(before, workspaceId, fromMs))) return []
        return [{ workspaceId, ...name, fromMs: finite(fromMs), toMs: finite(toMs) }]
      }),
    )
  const any = changesOf(ANY_WORKSPACE, () => false)
  const covers = (fromMs: number) =>
    any.some((change) => (change.fromMs ?? Number.NEGATIVE_INFINITY) <= fromMs && fromMs < (change.toMs ?? Infinity))
  const own = [...before, ...after].flatMap(({ workspaceId }) => (workspaceId === null ? [] : [workspaceId]))
  const priced = any.flatMap((change) => hasOwnPrices(change))
  const workspaces = [...new Set([...own, ...priced])].sort((a, b) => a - b)
  return [...any, ...workspaces.flatMap((workspaceId) => changesOf(workspaceId, covers))]
}

function isSame(a: CatalogueName, b: CatalogueName): boolean {
  return a.provider === b.provider && a.model === b.model
}

function finite(atMs: number): number | null {
  return Number.isFinite(atMs) ? atMs : null
}

function joinNeighbours(changes: readonly AliasChange[]): AliasChange[] {
  const joined: AliasChange[] = []
  for (const change of changes) {
    const last = joined.at(-1)
    if (last && last.toMs !== null && last.toMs === change.fromMs && isSame(last, change)) {
      joined[joined.length - 1] = { ...last, toMs: change.toMs }
    } else joined.push(change)
  }
  return joined
}
