import 'server-only'
import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import {
  type AlertRuleRow,
  type AlertRuleStateRow,
  countGroupFirings,
  dropRuleStates,
  endFiring,
  insertFiring,
  listOpenFirings,
  listRuleStates,
  listRulesToEvaluate,
  noteEvaluation,
  saveRuleState,
  type WorkspaceOfRule,
} from '@/db/postgres/queries/alert-rules'
import { releaseLease, renewLease, takeLease } from '@/db/postgres/queries/leases'
import type { AlertFacts } from '@/lib/alerts/alert-facts'
import type { AlertSink } from '@/lib/alerts/alert-sink'
import { AppError } from '@/lib/errors'
import { log } from '@/lib/log'
import type { Scope } from '@/lib/metrics/plan'
import { scopeForWorkspace } from '@/lib/metrics/scope'
import type { GroupWindows, RuleGroup } from '@/lib/rules/back-test'
import { closedWindow, reviewClosed } from '@/lib/rules/closed-windows'
import { judgeLive, judgeWindow, type Verdict, type WindowReading } from '@/lib/rules/judge'
import { readDrivers } from '@/lib/rules/read-drivers'
import { readVersions } from '@/lib/rules/read-versions'
import { calendarOf, readWindows } from '@/lib/rules/read-windows'
import { buildRuleFacts } from '@/lib/rules/rule-facts'
import type { RuleDefinition } from '@/lib/rules/rule-schema'
import { liveRange } from '@/lib/rules/rule-windows'
import { FRESH_STATE, type RuleState, stepRule } from '@/lib/rules/state-machine'
import { parseStoredRule } from '@/lib/rules/stored-rule'
import { shiftDays } from '@/lib/time'

const LEASE = 'alert-rules'
const LEASE_MS = 60_000
/** Rules are looked at so often at most; an event is seen within a minute. Anomalies read weeks of history. */
const EVERY_MS = { static: 20_000, change: 20_000, anomaly: 40_000 } as const
const AT_ONCE = 4
const MINUTE_MS = 60_000
/** How long an alert on a window that was over stays open. */
const CLOSED_WINDOW_OPEN_MS = 24 * 60 * MINUTE_MS
/** New prompt versions are watched for so many days. */
const VERSION_RANGE_DAYS = 14

/** States of groups that nobody has seen for so long are dropped; their numbers go on from the firings. */
const FORGET_MS = 90 * 24 * 60 * MINUTE_MS

const closedWindows = z.array(closedWindow)

/**
 * Looks at every rule that is due and reports what fires and what has ended. One process at a time does it; others
 * return at once. A rule that cannot be evaluated says so in its list and does not keep others from being looked at.
 * @throws AppError `unavailable` when Postgres does not answer.
 */
export async function evaluateRules(now: Date, sink: AlertSink): Promise<void> {
  // A holder for each call: two calls of one process do not both have the lease.
  const holder = randomUUID()
  if (!(await takeLease(LEASE, holder, LEASE_MS))) return
  try {
    const scopes = new Map<number, Scope>()
    const due = (await listRulesToEvaluate()).filter(({ rule }) => isDue(rule, now))
    for (let index = 0; index < due.length; index += AT_ONCE) {
      if (!(await renewLease(LEASE, holder, LEASE_MS))) return
      const turn = due.slice(index, index + AT_ONCE)
      await Promise.all(turn.map(({ rule, workspace }) => evaluateAndNote(rule, workspace, scopes, sink, now)))
    }
  } finally {
    await releaseLease(LEASE, holder)
  }
}

function isDue({ lastEvaluatedAt, kind }: AlertRuleRow, now: Date): boolean {
  return lastEvaluatedAt === null || Math.abs(now.getTime() - lastEvaluatedAt.getTime()) >= EVERY_MS[kind]
}

async function evaluateAndNote(
  row: AlertRuleRow,
  workspace: WorkspaceOfRule,
  scopes: Map<number, Scope>,
  sink: AlertSink,
  now: Date,
): Promise<void> {
  try {
    const isWatched = row.enabledAt !== null && row.archivedAt === null && workspace.archivedAt === null
    if (isWatched) {
      const scope = scopes.get(workspace.id) ?? (await scopeForWorkspace(workspace))
      scopes.set(workspace.id, scope)
      await evaluateRule({ row, rule: parseStoredRule(row), workspace, scope, sink, now })
    } else {
      await endAll(row, sink, row.archivedAt ? 'The rule was archived.' : 'The rule was switched off.', now)
    }
    await noteEvaluation(row.id, now, null)
  } catch (error) {
    const message = error instanceof AppError ? error.message : 'It failed; see the log.'
    // The list says it for as long as it lasts; the log once.
    if (message !== row.lastError) {
      log.warn({ err: error, ruleId: row.id }, 'An alert rule could not be evaluated; the next turn tries again')
    }
    await noteEvaluation(row.id, now, message)
  }
}

type Evaluation = {
  row: AlertRuleRow
  rule: RuleDefinition
  workspace: WorkspaceOfRule
  scope: Scope
  sink: AlertSink
  now: Date
}

async function evaluateRule(context: Evaluation): Promise<void> {
  const { row, now, sink } = context
  const stored = new Map((await listRuleStates([row.id])).map((state) => [state.groupKey, state]))
  const groups = await readGroups(context)
  for (const { group, windows } of groups) {
    await evaluateGroup(context, group, windows, stored.get(group.key) ?? null)
    stored.delete(group.key)
  }
  for (const state of stored.values()) await leaveGroup(context, state)
  await dropRuleStates(row.id, new Date(now.getTime() - FORGET_MS))
  for (const { dedupKey, firedAt, isOfClosedWindow } of await listOpenFirings(row.id)) {
    if (!isOfClosedWindow || now.getTime() - firedAt.getTime() < CLOSED_WINDOW_OPEN_MS) continue
    await sink.resolve(row.workspaceId, dedupKey, 'The window is over, and nothing came of it since.', now)
    await endFiring(row.id, dedupKey, now)
  }
}

async function readGroups({ rule, scope, now }: Evaluation): Promise<GroupWindows[]> {
  const calendar = calendarOf(scope)
  const live = liveRange(now, rule.window, calendar)
  if (rule.comparison !== 'beforeVersion') return readWindows(rule, scope, live, now)
  return readVersions(rule, scope, { from: shiftDays(live.to, -VERSION_RANGE_DAYS, calendar), to: live.to }, now)
}

const keyOf = (row: AlertRuleRow, group: string, last: string | number): string => `rule:${row.id}:${group}:${last}`

async function evaluateGroup(
  context: Evaluation,
  group: RuleGroup,
  windows: readonly WindowReading[],
  stored: AlertRuleStateRow | null,
): Promise<void> {
  const { row, rule, now } = context
  const current = windows.at(-1)
  if (!current) return
  const finished = windows.slice(0, -1)
  const before: RuleState = stored ?? { ...FRESH_STATE, firingNumber: await countGroupFirings(row.id, group.key) }
  const verdict = judgeLive(rule, before.phase, current, finished.at(-1) ?? null)
  const { state, effect } = stepRule(before, verdict, rule, now)
  const isSameRule = stored?.ruleVersion === row.version
  const review = reviewClosed(
    isSameRule ? closedWindows.parse(stored.closedWindows) : [],
    finished.map((reading) => judgeWindow(rule, reading)),
    {
      since: row.enabledAt ?? now,
      live: state.phase !== 'normal' && verdict.reading === 'breach' ? verdict.window.start : null,
      isFirst: !isSameRule,
    },
  )
  if (effect) await act(context, group, before, state, effect, verdict, stored)
  await tellClosed(context, group, state, review)
  await saveRuleState({
    ruleId: row.id,
    groupKey: group.key,
    ...state,
    reading: verdict.reading,
    value: verdict.value,
    bound: verdict.bound,
    ruleVersion: row.version,
    closedWindows: review.known,
    lateWindowStart: review.revised.at(-1)?.window.start ?? stored?.lateWindowStart ?? null,
    evaluatedAt: now,
  })
}

async function act(
  context: Evaluation,
  group: RuleGroup,
  before: RuleState,
  state: RuleState,
  effect: 'raise' | 'update' | 'resolve',
  verdict: Verdict,
  stored: AlertRuleStateRow | null,
): Promise<void> {
  const { row, sink, now } = context
  if (effect === 'resolve') {
    const key = keyOf(row, group.key, before.firingNumber)
    await sink.resolve(row.workspaceId, key, recoveryWords(verdict), now)
    await endFiring(row.id, key, now)
    return
  }
  const key = keyOf(row, group.key, state.firingNumber)
  if (effect === 'update') {
    if (stored?.value === verdict.value && stored.bound === verdict.bound) return
    await sink.update(row.workspaceId, key, await factsOf(context, group, verdict, state.since ?? now, false), now)
    return
  }
  await raise(context, group, key, await factsOf(context, group, verdict, state.since ?? now, false), false)
}

function recoveryWords({ reading }: Verdict): string {
  if (reading === 'ok') return 'Back within the threshold and its hysteresis.'
  return reading === 'lowVolume' ? 'A whole window had too few attempts to tell.' : 'No attempts in a whole window.'
}

/** Windows that are over and beyond the threshold without anybody having been told: one alert for all of one look. */
async function tellClosed(
  context: Evaluation,
  group: RuleGroup,
  state: RuleState,
  { revised, missed }: { revised: readonly Verdict[]; missed: readonly Verdict[] },
): Promise<void> {
  const { row, rule } = context
  // A window alone cannot tell whether the condition held for longer than it lasts.
  const holdsInWindow = ({ window }: Verdict) =>
    window.end.getTime() - window.start.getTime() >= rule.forMinutes * MINUTE_MS
  const late = revised.filter(holdsInWindow).at(-1)
  if (late) {
    const key = keyOf(row, group.key, `revision:${late.window.start.toISOString()}`)
    await raise(context, group, key, await factsOf(context, group, late, late.window.end, true), true)
  }
  const unseen = state.phase === 'normal' ? missed.filter(holdsInWindow).at(-1) : undefined
  if (unseen) {
    const key = keyOf(row, group.key, `window:${unseen.window.start.toISOString()}`)
    await raise(context, group, key, await factsOf(context, group, unseen, unseen.window.end, false), true)
  }
}

async function factsOf(
  { rule, workspace, scope, now }: Evaluation,
  group: RuleGroup,
  verdict: Verdict,
  since: Date,
  isRevision: boolean,
): Promise<AlertFacts> {
  const { start, end } = verdict.window
  const drivers =
    verdict.reading === 'noData' ? [] : await readDrivers(rule, group, { from: start, to: end }, scope, now)
  return buildRuleFacts({ rule, workspace, group, verdict, since, drivers, isRevision })
}

async function raise(
  { row, rule, workspace, sink, now }: Evaluation,
  group: RuleGroup,
  dedupKey: string,
  facts: AlertFacts,
  isOfClosedWindow: boolean,
): Promise<void> {
  await sink.raise(
    {
      workspaceId: row.workspaceId,
      dedupKey,
      source: 'rule',
      sourceId: row.id,
      severity: rule.severity,
      facts,
      ownerId: rule.ownerId ?? workspace.budgetOwnerId,
      backupId: workspace.backupOwnerId,
      escalationPathId: rule.escalationPathId,
    },
    now,
  )
  await insertFiring({ ruleId: row.id, dedupKey, groupKey: group.key, isOfClosedWindow, firedAt: now })
}

/** A group of which nothing is left in the windows that are looked at, or which the rule no longer has. */
async function leaveGroup({ row, rule, sink, now }: Evaluation, state: AlertRuleStateRow): Promise<void> {
  if (state.phase !== 'firing') return
  if (rule.noData === 'hold' && state.ruleVersion === row.version) return
  const key = keyOf(row, state.groupKey, state.firingNumber)
  await sink.resolve(row.workspaceId, key, 'The rule finds nothing of it any more.', now)
  await endFiring(row.id, key, now)
  await saveRuleState({ ...calmed(state), reading: 'noData', value: null, evaluatedAt: now })
}

const calmed = (state: AlertRuleStateRow): AlertRuleStateRow => ({
  ...state,
  phase: 'normal',
  since: null,
  firedAt: null,
})

async function endAll(row: AlertRuleRow, sink: AlertSink, reason: string, now: Date): Promise<void> {
  for (const { dedupKey } of await listOpenFirings(row.id)) {
    await sink.resolve(row.workspaceId, dedupKey, reason, now)
    await endFiring(row.id, dedupKey, now)
  }
  for (const state of await listRuleStates([row.id])) {
    await saveRuleState({ ...calmed(state), evaluatedAt: now })
  }
}
