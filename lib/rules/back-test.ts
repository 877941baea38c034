import { compareText } from '@/lib/compare-text'
import type { DimensionName } from '@/lib/metrics/registry'
import { compareDecimals } from '@/lib/money'
import { type JudgedRule, judgeWindow, type Verdict, type WindowReading } from '@/lib/rules/judge'
import type { RuleDefinition } from '@/lib/rules/rule-schema'
import { FRESH_STATE, stepRule } from '@/lib/rules/state-machine'

/** One of the things that a rule watches apart; the whole has the key ''. */
export type RuleGroup = {
  key: string
  label: string | null
  /** What narrows the ledger to it. */
  values: readonly { dimension: DimensionName; value: string | null }[]
}

export type GroupWindows = { group: RuleGroup; windows: readonly WindowReading[] }

export type Firing = {
  group: RuleGroup
  /** The window that made it fire. */
  verdict: Verdict
  firedAt: Date
  /** Null: it would be firing still. */
  resolvedAt: Date | null
}

/**
 * When a rule would have fired over windows that are over, oldest first, by the same steps that are taken live. A window
 * beyond the threshold counts as having held from its start, and as seen at its end. Pure.
 */
export function backTest(
  rule: JudgedRule & Pick<RuleDefinition, 'forMinutes' | 'noData'>,
  groups: readonly GroupWindows[],
): Firing[] {
  return groups
    .flatMap(({ group, windows }) => {
      const firings: Firing[] = []
      let state = FRESH_STATE
      for (const reading of windows) {
        if (!reading.isFinished) continue
        const verdict = judgeWindow(rule, reading)
        const { state: next, effect } = stepRule(state, verdict, rule, reading.end, reading.start)
        state = next
        if (effect === 'raise') firings.push({ group, verdict, firedAt: reading.end, resolvedAt: null })
        const open = firings.at(-1)
        if (effect === 'resolve' && open) open.resolvedAt = reading.end
      }
      return firings
    })
    .toSorted((a, b) => a.firedAt.getTime() - b.firedAt.getTime() || compareText(a.group.key, b.group.key))
}

/** The group that shows best what a rule looks at: the one that fired first, else the one with the most attempts. Pure. */
export function pickShown(groups: readonly GroupWindows[], firings: readonly Firing[]): GroupWindows | null {
  const [first] = firings
  const fired = first && groups.find(({ group }) => group.key === first.group.key)
  if (fired) return fired
  const volume = ({ windows }: GroupWindows) => windows.reduce((sum, { attempts }) => sum + BigInt(attempts), 0n)
  return groups.toSorted((a, b) => compareDecimals(volume(b).toString(), volume(a).toString()))[0] ?? null
}
