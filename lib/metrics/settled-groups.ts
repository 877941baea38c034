import { LRUCache } from 'lru-cache'
import type { Group } from '@/lib/metrics/groups'
import { lastMarkMs, type SettledSpan } from '@/lib/metrics/settled-span'

type Groups = readonly Group[]

/** What a span says up to an instant, as long as nothing in it was marked after `markMs`. */
type Kept = { toMs: number; markMs: number; groups: Promise<Groups>; cells: number }

type Asked = {
  /** Names what is asked, whatever the instants. */
  key: string
  span: SettledSpan
  read(fromMs: number, toMs: number): Promise<Groups>
  /** Groups of equal keys as one. */
  merge(groups: Groups): Groups
}

const MAX_CELLS = 500_000
/** Of a question: where late events make a span shorter for a while, the longer one comes back, if it still stands. */
const MAX_KEPT = 3

/**
 * Sums of settled attempts, kept while they stand. As a span grows, only what was added to it is read. Whoever asks for
 * what is being read waits for that.
 */
export class SettledGroups {
  private readonly kept = new LRUCache<string, readonly Kept[]>({
    maxSize: MAX_CELLS,
    sizeCalculation: (all) => all.reduce((sum, { cells }) => sum + cells, 1),
  })

  /** The groups of a whole span. Fails as `read` does, and is then read anew when it is next asked. */
  ask({ key, span, read, merge }: Asked): Promise<Groups> {
    const name = `${span.workspaceId} ${span.fromMs} ${key}`
    const standing = this.list(name).filter(({ toMs, markMs }) => markMs === lastMarkMs(span, toMs))
    const same = standing.find(({ toMs }) => toMs === span.toMs)
    if (same) return same.groups
    const [longest] = standing.filter(({ toMs }) => toMs < span.toMs).sort((a, b) => b.toMs - a.toMs)
    const groups = longest
      ? Promise.all([longest.groups, read(longest.toMs, span.toMs)]).then((both) => merge(both.flat()))
      : read(span.fromMs, span.toMs)
    const entry = { toMs: span.toMs, markMs: lastMarkMs(span, span.toMs), groups, cells: 0 }
    this.kept.set(name, [entry, ...standing.filter((each) => each !== longest)].slice(0, MAX_KEPT))
    groups.then(
      (found) => {
        entry.cells = found.reduce((sum, group) => sum + cellsOf(group), 0)
        if (this.list(name).includes(entry)) this.kept.set(name, this.list(name))
      },
      () =>
        this.kept.set(
          name,
          this.list(name).filter((each) => each !== entry),
        ),
    )
    return groups
  }

  private list(name: string): readonly Kept[] {
    return this.kept.get(name) ?? []
  }
}

const cellsOf = ({ keys, atoms, histograms = {} }: Group): number =>
  keys.length + Object.keys(atoms).length + Object.values(histograms).reduce((sum, counts) => sum + counts.length, 0)
