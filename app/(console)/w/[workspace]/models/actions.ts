'use server'

import { redirect } from 'next/navigation'
import { z } from 'zod'
import { runAction } from '@/app/(console)/run-action'
import { modelsHref } from '@/app/(console)/w/[workspace]/models/model-links'
import type { FormState } from '@/components/settings/form-state'
import { addAlias, revokeAlias } from '@/lib/catalogue/manage-aliases'
import { aliasReason } from '@/lib/pricing/alias-input'

const instant = z.string().transform((text) => (text.trim() === '' ? null : text.trim()))

/** Says what a name stands for, and leads to the list of aliases. */
export async function addAliasAction(_previous: FormState, form: FormData): Promise<FormState> {
  const schema = z.object({
    workspace: z.string(),
    rawProvider: z.string(),
    rawModel: z.string(),
    provider: z.string(),
    model: z.string(),
    from: instant,
    to: instant,
    where: z.enum(['here', 'everywhere']),
    reason: aliasReason,
  })
  const state = await runAction(form, schema, async (person, { workspace, from, to, where, reason, ...names }) => {
    const input = { ...names, effectiveFrom: from, effectiveTo: to, everywhere: where === 'everywhere' }
    await addAlias(person, workspace, input, reason)
    return { message: 'Added.' }
  })
  return leadToList(state, form)
}

/** Ends an alias, as if it had never been, and leads to the list. */
export async function revokeAliasAction(_previous: FormState, form: FormData): Promise<FormState> {
  const schema = z.object({
    workspace: z.string(),
    alias: z.coerce.number().int().min(1).max(2_147_483_647),
    reason: aliasReason,
  })
  const state = await runAction(form, schema, async (person, { workspace, alias, reason }) => {
    await revokeAlias(person, workspace, alias, reason)
    return { message: 'Revoked.' }
  })
  return leadToList(state, form)
}

/** The page that the form is on is about an alias that is there, or not there, no longer. */
function leadToList(state: FormState, form: FormData): FormState {
  if (state.status !== 'done') return state
  redirect(`${modelsHref(z.string().parse(form.get('workspace')))}#aliases`)
}
