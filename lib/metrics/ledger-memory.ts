import type { CleanDay, Span } from '@/lib/metrics/clean-days'
import type { LedgerState } from '@/lib/metrics/read-ledger'

type Settings = { id: number; timeZone: string; costPreference: string }
/** A state as it was read. */
type Remembered = { span: Span; state: LedgerState; stateVersion: string; readAtMs: number }

/** Sets of workspaces whose state is remembered. */
const MAX_REMEMBERED = 200
/** Spans that are remembered of each. */
const MAX_SPANS = 4
/**
 * However little has changed, the state is read anew after so long: an engine that dies between an insert and the view
 * that tells of it leaves a change that its version does not show. Builds are kept for longer than this.
 */
const MAX_AGE_MS = 15_000

/** The ledger's state as it was read, for as long as its version says that it stands. */
export class LedgerMemory {
  private readonly remembered = new Map<string, readonly Remembered[]>()

  /** The state of a span; null where it is not known, or not of this version. */
  find(workspaces: readonly Settings[], span: Span, stateVersion: string, nowMs: number): LedgerState | null {
    const last = this.last(workspaces, span, nowMs)
    return last?.stateVersion === stateVersion ? last.state : null
  }

  /** The state of a span as it was last known, and the version of which that was. */
  last(workspaces: readonly Settings[], span: Span, nowMs: number): Pick<Remembered, 'state' | 'stateVersion'> | null {
    const known = (this.remembered.get(keyOf(workspaces)) ?? []).find(
      (each) => nowMs - each.readAtMs <= MAX_AGE_MS && span.fromMs >= each.span.fromMs && span.toMs <= each.span.toMs,
    )
    if (!known) return null
    const { state, stateVersion } = known
    return { stateVersion, state: { ...state, cleanDays: state.cleanDays.filter((day) => touches(day, span)) } }
  }

  /** Remembers what was read of a span; its version must have been read before. */
  learn(workspaces: readonly Settings[], read: Remembered): void {
    const key = keyOf(workspaces)
    const others = (this.remembered.get(key) ?? []).filter(({ stateVersion }) => stateVersion === read.stateVersion)
    this.remembered.delete(key)
    this.remembered.set(key, [read, ...others].slice(0, MAX_SPANS))
    const [oldest] = this.remembered.keys()
    if (this.remembered.size > MAX_REMEMBERED && oldest !== undefined) this.remembered.delete(oldest)
  }
}

/** Names what the state of the ledger depends on, beside the span. */
export const keyOf = (workspaces: readonly Settings[]): string =>
  JSON.stringify(workspaces.map(({ id, timeZone, costPreference }) => [id, timeZone, costPreference]))

const touches = (day: CleanDay, span: Span): boolean => day.fromMs < span.toMs && day.toMs > span.fromMs
