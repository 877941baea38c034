import 'server-only'
import { alertSink } from '@/lib/alerts/raise-alert'
import type { Evaluator } from '@/lib/alerts/worker'
import { evaluateBudgets } from '@/lib/budgets/evaluate-budgets'
import { noteGuardDecisions } from '@/lib/guard/note-decisions'
import { evaluateRules } from '@/lib/rules/evaluate-rules'

/** What is watched for alerts, and what the guard says because of it. */
export const EVALUATORS: readonly Evaluator[] = [
  async (now) => {
    await evaluateBudgets(now, alertSink)
    await noteGuardDecisions(now)
  },
  (now) => evaluateRules(now, alertSink),
]
