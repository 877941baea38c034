import type { Verdict } from '@/lib/rules/judge'
import type { RuleDefinition } from '@/lib/rules/rule-schema'

/** What a rule's group is in. Acknowledged and snoozed are states of the alert that it raised. */
export type RulePhase = 'normal' | 'pending' | 'firing'

export type RuleState = {
  phase: RulePhase
  /** Since when the condition holds; null while normal. */
  since: Date | null
  firedAt: Date | null
  /** How often it has fired: names the alert. */
  firingNumber: number
}

export type Effect = 'raise' | 'update' | 'resolve'

export const FRESH_STATE: RuleState = { phase: 'normal', since: null, firedAt: null, firingNumber: 0 }

const MINUTE_MS = 60_000

/**
 * One step of normal → pending → firing → normal. The condition must hold for `forMinutes` without a break; what fires
 * ends when a window is back beyond the hysteresis, and only then may fire again. Windows that cannot be told (little
 * volume, nothing to compare with) end what is pending and leave what fires as it is; no data do what the rule's policy
 * says. Pure.
 * @param heldSince since when a breach holds, where that is known to be before `now`
 */
export function stepRule(
  state: RuleState,
  verdict: Pick<Verdict, 'reading' | 'isRecovered'>,
  rule: Pick<RuleDefinition, 'forMinutes' | 'noData'>,
  now: Date,
  heldSince: Date = now,
): { state: RuleState; effect: Effect | null } {
  const isBreach = verdict.reading === 'breach' || (verdict.reading === 'noData' && rule.noData === 'alert')
  if (isBreach) {
    if (state.phase === 'firing') return { state, effect: 'update' }
    const since = state.since ?? heldSince
    if (now.getTime() - since.getTime() < rule.forMinutes * MINUTE_MS) {
      return { state: { ...state, phase: 'pending', since }, effect: null }
    }
    return {
      state: { phase: 'firing', since, firedAt: now, firingNumber: state.firingNumber + 1 },
      effect: 'raise',
    }
  }
  const normal: RuleState = { ...state, phase: 'normal', since: null, firedAt: null }
  if (state.phase !== 'firing') return { state: normal, effect: null }
  const isOver =
    verdict.reading === 'ok'
      ? verdict.isRecovered
      : rule.noData === 'recover' && (verdict.reading === 'noData' || verdict.reading === 'lowVolume')
  return isOver ? { state: normal, effect: 'resolve' } : { state, effect: verdict.reading === 'ok' ? 'update' : null }
}
