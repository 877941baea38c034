import 'server-only'
import { createHash } from 'node:crypto'
import { decideGuard, type GuardAnswer, type GuardQuestion } from '@/lib/guard/decide-guard'
import { guardSnapshot } from '@/lib/guard/read-snapshot'

/** What is answered while nothing is known: never a reason for an app to stop. */
export const GUARD_NOT_KNOWN: GuardAnswer = {
  decision: 'allow',
  unobserved: 'allow',
  reason: 'Farthing cannot tell at the moment; the default is to allow.',
  budget: null,
  switch: null,
  substitute: null,
}

/** How long an app may go by an answer before it asks again, in seconds. */
export const GUARD_MAX_AGE_SECONDS = 5

/** The answer to a question of an app, from memory; on any failure allow. */
export async function answerGuard(workspaceId: number, question: GuardQuestion, now: Date): Promise<GuardAnswer> {
  const snapshot = await guardSnapshot(workspaceId)
  return snapshot === null ? GUARD_NOT_KNOWN : decideGuard(snapshot, question, now)
}

/** The answer's entity tag: it changes when what the app should do, or why, changes. */
export function guardTag({ decision, unobserved, budget, switch: thrown, substitute }: GuardAnswer): string {
  const said = [
    decision,
    unobserved,
    budget && [budget.id, budget.decision, budget.basis],
    thrown?.id ?? null,
    substitute,
  ]
  return `"${createHash('sha256').update(JSON.stringify(said)).digest('base64url').slice(0, 22)}"`
}
