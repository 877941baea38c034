import type { CleanDay, Span } from '@/lib/metrics/clean-days'
import type { LedgerState } from '@/lib/metrics/read-ledger'

type Settings = { id: number; timeZone: string; costPreference: string }
type Remembered = { span: Span; state: LedgerState; isSteady: boolean }

/** Sets of workspaces whose state is remembered. */
const MAX_REMEMBERED = 200

/**
 * What the ledger last said of itself. A question may be begun by it while the state is read anew, and stands when
 * {@link isStillRight} says so; it is only ever a guess, never an answer.
 */
export class LedgerMemory {
  private readonly remembered = new Map<string, Remembered>()

  /** The state to begin with; null when nothing is known of the whole span, or what was known did not last. */
  guess(workspaces: readonly Settings[], span: Span): LedgerState | null {
    const known = this.remembered.get(keyOf(workspaces))
    if (!known?.isSteady || span.fromMs < known.span.fromMs || span.toMs > known.span.toMs) return null
    return within(known.state, span)
  }

  /** Remembers what has just been read of a span. */
  learn(workspaces: readonly Settings[], span: Span, state: LedgerState): void {
    const key = keyOf(workspaces)
    const known = this.remembered.get(key)
    this.remembered.delete(key)
    const isSteady = !known || isStillRight(within(known.state, span), within(state, known.span))
    const adjoins = known && known.span.fromMs <= span.toMs && known.span.toMs >= span.fromMs
    const elsewhere = adjoins ? known.state.cleanDays.filter((day) => !touches(day, span)) : []
    this.remembered.set(key, {
      span: adjoins
        ? { fromMs: Math.min(known.span.fromMs, span.fromMs), toMs: Math.max(known.span.toMs, span.toMs) }
        : span,
      state: { ...state, cleanDays: [...elsewhere, ...state.cleanDays] },
      isSteady,
    })
    const [oldest] = this.remembered.keys()
    if (this.remembered.size > MAX_REMEMBERED && oldest !== undefined) this.remembered.delete(oldest)
  }
}

/**
 * Whether an answer by a guess is the answer by the state that was read after the question was asked: the same days are
 * clean, by the same builds, and attempts are priced and requests counted by the same rules.
 */
export function isStillRight(guess: LedgerState, state: LedgerState): boolean {
  const clean = new Set(state.cleanDays.map(idOf))
  return (
    guess.cleanDays.length === clean.size &&
    guess.cleanDays.every((day) => clean.has(idOf(day))) &&
    guess.noneMixed === state.noneMixed &&
    JSON.stringify(guess.priceChanges) === JSON.stringify(state.priceChanges)
  )
}

/** Names what the state of the ledger depends on, beside the span. */
export const keyOf = (workspaces: readonly Settings[]): string =>
  JSON.stringify(workspaces.map(({ id, timeZone, costPreference }) => [id, timeZone, costPreference]))

const idOf = ({ workspaceId, fromMs, toMs, build, hasMixed }: CleanDay): string =>
  `${workspaceId} ${fromMs} ${toMs} ${build} ${hasMixed}`

const within = (state: LedgerState, span: Span): LedgerState => ({
  ...state,
  cleanDays: state.cleanDays.filter((day) => touches(day, span)),
})

const touches = (day: Span, span: Span): boolean => day.fromMs < span.toMs && day.toMs > span.fromMs
