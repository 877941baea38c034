import 'server-only'
import type { AlertFacts } from '@/lib/alerts/alert-facts'
import type { Scope } from '@/lib/metrics/plan'
import { SENSITIVITIES } from '@/lib/rules/anomaly'
import { backTest, type Firing, type GroupWindows, pickShown } from '@/lib/rules/back-test'
import type { BackTestAnswer } from '@/lib/rules/back-test-answer'
import { judgeWindow, type Verdict } from '@/lib/rules/judge'
import { readDrivers } from '@/lib/rules/read-drivers'
import { readVersions } from '@/lib/rules/read-versions'
import { calendarOf, readWindows } from '@/lib/rules/read-windows'
import { buildRuleFacts, type FactsWorkspace } from '@/lib/rules/rule-facts'
import type { RuleDefinition } from '@/lib/rules/rule-schema'
import { backTestRange, type WHOLE } from '@/lib/rules/rule-windows'
import { formatIsoInZone } from '@/lib/time'

const MAX_LISTED = 50

/**
 * When a rule would have fired in the past 90 days, and what its message would have said.
 * @throws AppError `invalid_query`, `unavailable`.
 */
export async function backTestRule(
  rule: RuleDefinition,
  workspace: FactsWorkspace,
  scope: Scope,
  now: Date,
): Promise<BackTestAnswer> {
  const calendar = calendarOf(scope)
  const range = backTestRange(now, rule.window, calendar)
  const groups =
    rule.comparison === 'beforeVersion'
      ? asFinished(await readVersions(rule, scope, range, now))
      : await readWindows(rule, scope, range, now)
  const firings = backTest(rule, groups)
  const shown = pickShown(groups, firings)
  const iso = (at: Date) => formatIsoInZone(at, calendar.timeZone)
  const preview = await previewMessage(rule, workspace, scope, groups, firings, now)
  return {
    from: iso(range.from),
    to: iso(range.to),
    timeZone: calendar.timeZone,
    shown: shown && {
      label: shown.group.label,
      points: shown.windows.map((reading) => {
        const { bound } = judgeWindow({ ...rule, minVolume: 0 }, reading)
        return { start: iso(reading.start), value: reading.value, bound }
      }),
    },
    groups: groups.length,
    firings: firings
      .toReversed()
      .slice(0, MAX_LISTED)
      .map(({ group, verdict, firedAt, resolvedAt }) => ({
        label: group.label,
        windowStart: iso(verdict.window.start),
        firedAt: iso(firedAt),
        resolvedAt: resolvedAt && iso(resolvedAt),
        crossed: factsWithoutDrivers(rule, workspace, { group, verdict }).crossed,
        isShown: group.key === shown?.group.key,
      })),
    count: firings.length,
    sensitivities:
      rule.kind === 'anomaly'
        ? SENSITIVITIES.map((threshold) => ({ threshold, count: backTest({ ...rule, threshold }, groups).length }))
        : [],
    preview,
  }
}

/** A version that is still in its first week is tested on what there is of it. */
function asFinished(groups: readonly GroupWindows[]): GroupWindows[] {
  return groups.map(({ group, windows }) => ({
    group,
    windows: windows.map((reading) => ({ ...reading, isFinished: true })),
  }))
}

function factsWithoutDrivers(
  rule: RuleDefinition,
  workspace: FactsWorkspace,
  { group, verdict }: Pick<Firing, 'group' | 'verdict'>,
): AlertFacts {
  const { start } = verdict.window
  return buildRuleFacts({ rule, workspace, group, verdict, since: start, drivers: [], isRevision: false })
}

/**
 * The message of the last firing of a back-test, with its drivers; without one, that of the newest window that can be
 * judged. Null where nothing can be judged.
 */
async function previewMessage(
  rule: RuleDefinition,
  workspace: FactsWorkspace,
  scope: Scope,
  groups: readonly GroupWindows[],
  firings: readonly Firing[],
  now: Date,
): Promise<AlertFacts | null> {
  const said = firings.at(-1) ?? newestTelling(rule, groups)
  if (!said) return null
  const { start, end } = said.verdict.window
  const drivers = await readDrivers(rule, said.group, { from: start, to: end }, scope, now)
  return { ...factsWithoutDrivers(rule, workspace, said), drivers }
}

function newestTelling(
  rule: RuleDefinition,
  groups: readonly GroupWindows[],
): { group: typeof WHOLE; verdict: Verdict } | null {
  const found = groups
    .flatMap(({ group, windows }) => {
      const verdict = windows.map((reading) => judgeWindow(rule, reading)).findLast(({ reading }) => reading === 'ok')
      return verdict ? [{ group, verdict }] : []
    })
    .toSorted((a, b) => b.verdict.window.start.getTime() - a.verdict.window.start.getTime())
  return found[0] ?? null
}
