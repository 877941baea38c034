'use server'

import { z } from 'zod'
import { runAction } from '@/app/(console)/run-action'
import type { FormState } from '@/components/settings/form-state'
import { costInput } from '@/lib/fixed-costs/cost-input'
import { addFixedCost, removeFixedCost } from '@/lib/fixed-costs/save-cost'

const ofWorkspace = z.object({ workspace: z.string() })

/** Adds a fixed cost. */
export async function addFixedCostAction(_previous: FormState, form: FormData): Promise<FormState> {
  return runAction(form, z.intersection(ofWorkspace, costInput), async (person, { workspace, ...input }) => {
    await addFixedCost(person, workspace, input, new Date())
    return { message: `Added ${input.name}.` }
  })
}

/** Removes a fixed cost. */
export async function removeFixedCostAction(_previous: FormState, form: FormData): Promise<FormState> {
  const schema = ofWorkspace.extend({ cost: z.coerce.number().int().min(1).max(2_147_483_647) })
  return runAction(form, schema, async (person, { workspace, cost }) => {
    await removeFixedCost(person, workspace, cost, new Date())
    return { message: 'Removed.' }
  })
}
