'use server'

import { z } from 'zod'
import { runAction } from '@/app/(console)/run-action'
import type { FormState } from '@/components/settings/form-state'
import { contractForm } from '@/lib/pricing/contract-form'
import { addContract, revokeContract } from '@/lib/pricing/manage-contracts'

const ofWorkspace = z.object({ workspace: z.string() })
const ofContract = ofWorkspace.extend({
  contract: z.coerce.number().int().min(1).max(2_147_483_647),
  reason: z.string().trim().min(1, 'Say why, for the audit log.').max(500, 'Use at most 500 characters.'),
})

/** Adds a contract price. */
export async function addContractAction(_previous: FormState, form: FormData): Promise<FormState> {
  return runAction(form, z.intersection(ofWorkspace, contractForm), async (person, { workspace, ...input }) => {
    const id = await addContract(person, workspace, input)
    return { message: `Contract ${id} is in force: every figure shows it.` }
  })
}

/** Undoes a contract price. */
export async function revokeContractAction(_previous: FormState, form: FormData): Promise<FormState> {
  return runAction(form, ofContract, async (person, { workspace, contract, reason }) => {
    await revokeContract(person, workspace, contract, reason)
    return { message: `Contract ${contract} is undone: every figure is what it was without it.` }
  })
}
