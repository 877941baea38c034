import type { EscalationProgress, EscalationStep } from './escalation-step'
import { addActiveMinutes, type QuietTime } from './quiet-time'

/** A step repeats until somebody acknowledges, but not for ever. */
const MAX_RUNS = 100

export type EscalationPlan = {
  /** Steps to run now; `repetition` counts from 0. */
  due: { position: number; repetition: number }[]
  /** When the next one is due after these have run; null: never. */
  nextAt: Date | null
}

/**
 * What of an escalation is due. Minutes of quiet time do not count, so that whoever is told at seven in the morning has the
 * time of the path before the next one is told. After a standstill a repeated step runs once, not as often as it missed.
 * Pure.
 */
export function planEscalation(escalation: {
  steps: readonly EscalationStep[]
  progress: EscalationProgress
  startedAt: Date
  quiet: QuietTime
  now: Date
}): EscalationPlan {
  const { steps, progress, startedAt, quiet, now } = escalation
  const due: EscalationPlan['due'] = []
  const upcoming: Date[] = []
  steps.forEach((step, position) => {
    const run = progress.runs[position]
    const at = run ? repeatAt(step, run, quiet) : firstAt(step, progress.pulledAt[position], startedAt, quiet)
    if (at === null) return
    if (at > now) {
      upcoming.push(at)
      return
    }
    const repetition = run?.count ?? 0
    due.push({ position, repetition })
    const next = repeatAt(step, { count: repetition + 1, lastAt: now.toISOString() }, quiet)
    if (next !== null) upcoming.push(next)
  })
  return { due, nextAt: earliest(upcoming) }
}

/** The progress after what was due has run. Pure. */
export function noteRuns(progress: EscalationProgress, due: EscalationPlan['due'], now: Date): EscalationProgress {
  const runs = due.map(({ position, repetition }) => [
    String(position),
    { count: repetition + 1, lastAt: now.toISOString() },
  ])
  return { ...progress, runs: { ...progress.runs, ...Object.fromEntries(runs) } }
}

/** The progress with the first step after `position` that has not run brought forward; null when there is none. Pure. */
export function pullNextStep(
  steps: readonly EscalationStep[],
  progress: EscalationProgress,
  position: number,
  now: Date,
): EscalationProgress | null {
  const next = steps.findIndex((_, index) => index > position && progress.runs[index] === undefined)
  if (next < 0) return null
  if (progress.pulledAt[next] !== undefined) return progress
  return { ...progress, pulledAt: { ...progress.pulledAt, [next]: now.toISOString() } }
}

function firstAt(step: EscalationStep, pulledAt: string | undefined, startedAt: Date, quiet: QuietTime): Date | null {
  const byClock = addActiveMinutes(startedAt, step.afterMinutes, quiet)
  const pulled = pulledAt === undefined ? null : addActiveMinutes(new Date(pulledAt), 0, quiet)
  return earliest([byClock, pulled].filter((at) => at !== null))
}

function repeatAt(step: EscalationStep, run: { count: number; lastAt: string }, quiet: QuietTime): Date | null {
  if (step.repeatEveryMinutes === null || run.count >= MAX_RUNS) return null
  return addActiveMinutes(new Date(run.lastAt), step.repeatEveryMinutes, quiet)
}

function earliest(instants: readonly Date[]): Date | null {
  return instants.reduce<Date | null>((first, at) => (first === null || at < first ? at : first), null)
}
