'use server'

import { z } from 'zod'
import { runAction } from '@/app/(console)/run-action'
import type { FormState } from '@/components/settings/form-state'
import { budgetInput } from '@/lib/budgets/budget-input'
import { archiveBudget, changeBudget, createBudget } from '@/lib/budgets/save-budget'

const ofWorkspace = z.object({ workspace: z.string() })
const ofBudget = ofWorkspace.extend({ budget: z.coerce.number().int().min(1).max(2_147_483_647) })

/** Makes a budget. */
export async function createBudgetAction(_previous: FormState, form: FormData): Promise<FormState> {
  return runAction(form, z.intersection(ofWorkspace, budgetInput), async (person, { workspace, ...input }) => {
    await createBudget(person, workspace, input, new Date())
    return { message: `Made the budget ${input.name}.` }
  })
}

/** Changes a budget. */
export async function changeBudgetAction(_previous: FormState, form: FormData): Promise<FormState> {
  return runAction(form, z.intersection(ofBudget, budgetInput), async (person, { workspace, budget, ...input }) => {
    const changed = await changeBudget(person, workspace, budget, input, new Date())
    return { message: changed ? 'Saved.' : 'Nothing had changed.' }
  })
}

/** Takes a budget out of use. */
export async function archiveBudgetAction(_previous: FormState, form: FormData): Promise<FormState> {
  return runAction(form, ofBudget, async (person, { workspace, budget }) => {
    await archiveBudget(person, workspace, budget, true, new Date())
    return { message: 'Archived.' }
  })
}

/** Takes an archived budget back into use. */
export async function restoreBudgetAction(_previous: FormState, form: FormData): Promise<FormState> {
  return runAction(form, ofBudget, async (person, { workspace, budget }) => {
    await archiveBudget(person, workspace, budget, false, new Date())
    return { message: 'Restored.' }
  })
}
