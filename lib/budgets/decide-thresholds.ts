import type { BudgetThreshold, ThresholdBasis } from '@/lib/budgets/budget'
import { compareDecimals, divideDecimals, multiplyDecimals } from '@/lib/money'

/** Below this part of a threshold a crossing counts as recovered; between the two nothing changes. */
const RECOVERY_RATIO = '0.95'

/** Where a threshold stands in a period. */
export type ThresholdState = {
  basis: ThresholdBasis
  percent: number
  status: 'normal' | 'firing'
  /** How often it was told of in this period. */
  firings: number
  crossedAt: Date | null
  recoveredAt: Date | null
  /** Of the open alert. Null while firing: a higher threshold speaks for this one. */
  alertKey: string | null
}

/** What an evaluation read. A null value is unknown: nothing starts and nothing ends by it. */
export type ThresholdReading = { amount: string; values: Readonly<Record<ThresholdBasis, string | null>> }

export type ThresholdEffect =
  | { kind: 'raise' | 'update'; key: string; threshold: BudgetThreshold; since: Date }
  | { kind: 'resolve'; key: string; threshold: BudgetThreshold; reason: string }

/** Money at which a threshold is crossed: reaching it counts. */
export function thresholdLimit(amount: string, percent: number): string {
  return divideDecimals(multiplyDecimals(amount, String(percent)), '100') ?? '0'
}

/** Names a threshold of a budget in a period: `budget:7:2026-11-01T00:00:00.000Z:actual:80`, then `…:80:2`. */
function thresholdKey(budgetId: number, periodStart: Date, threshold: BudgetThreshold, firing: number): string {
  const name = `budget:${budgetId}:${periodStart.toISOString()}:${threshold.basis}:${threshold.percent}`
  return firing > 1 ? `${name}:${firing}` : name
}

const sameThreshold = (a: BudgetThreshold, b: BudgetThreshold): boolean =>
  a.basis === b.basis && a.percent === b.percent

/**
 * One step of the thresholds of a budget's period; a pure function of where they stood, what was read, and now.
 *
 * normal → firing when the value reaches the limit; firing → normal when it falls below {@link RECOVERY_RATIO} of it, and
 * only then may it fire again, under a new key. Of several thresholds crossed, the highest of a basis speaks; a forecast is
 * silent where the money is already spent. A threshold that was spoken for speaks when the other ends. A threshold that is
 * no longer part of the budget ends. An unknown value changes nothing.
 */
export function decideThresholds(
  budget: { id: number; thresholds: readonly BudgetThreshold[] },
  periodStart: Date,
  previous: readonly ThresholdState[],
  reading: ThresholdReading,
  now: Date,
): { states: ThresholdState[]; effects: ThresholdEffect[] } {
  const moved = budget.thresholds.map((threshold) => {
    const before = previous.find((state) => sameThreshold(state, threshold)) ?? untouched(threshold)
    return move(before, reading, now)
  })
  const effects: ThresholdEffect[] = []
  const states = moved.map((state): ThresholdState => {
    const before = previous.find((each) => sameThreshold(each, state))
    const threshold = { basis: state.basis, percent: state.percent }
    if (state.status === 'normal') {
      if (before?.alertKey) effects.push({ kind: 'resolve', key: before.alertKey, threshold, reason: 'Recovered.' })
      return { ...state, alertKey: null }
    }
    const since = state.crossedAt ?? now
    if (state.alertKey !== null) {
      effects.push({ kind: 'update', key: state.alertKey, threshold, since })
      return state
    }
    if (moved.some((other) => speaksFor(other, state))) return state
    if (reading.values[state.basis] === null) return state
    const firings = state.firings + 1
    const key = thresholdKey(budget.id, periodStart, threshold, firings)
    effects.push({ kind: 'raise', key, threshold, since })
    return { ...state, firings, alertKey: key }
  })
  const removed = previous.filter((state) => !states.some((each) => sameThreshold(each, state)))
  for (const state of removed) {
    if (state.alertKey === null) continue
    const threshold = { basis: state.basis, percent: state.percent }
    effects.push({ kind: 'resolve', key: state.alertKey, threshold, reason: 'The threshold was removed.' })
  }
  // Kept, so that a threshold that comes back does not fire under a key that was used.
  const kept = removed.map((state): ThresholdState => ({ ...state, status: 'normal', alertKey: null }))
  return { states: [...states, ...kept], effects }
}

function untouched(threshold: BudgetThreshold): ThresholdState {
  return {
    basis: threshold.basis,
    percent: threshold.percent,
    status: 'normal',
    firings: 0,
    crossedAt: null,
    recoveredAt: null,
    alertKey: null,
  }
}

function move(state: ThresholdState, { amount, values }: ThresholdReading, now: Date): ThresholdState {
  const value = values[state.basis]
  if (value === null) return state
  const limit = thresholdLimit(amount, state.percent)
  if (state.status === 'normal') {
    if (compareDecimals(value, limit) < 0) return state
    return { ...state, status: 'firing', crossedAt: now, recoveredAt: null }
  }
  if (compareDecimals(value, multiplyDecimals(limit, RECOVERY_RATIO)) >= 0) return state
  return { ...state, status: 'normal', recoveredAt: now }
}

/** Whether a threshold that fires says all that the other would. */
function speaksFor(other: ThresholdState, state: ThresholdState): boolean {
  if (other.status !== 'firing') return false
  if (other.basis === state.basis) return other.percent > state.percent
  return state.basis === 'forecast' && other.percent >= state.percent
}
