'use server'

import { z } from 'zod'
import { runAction } from '@/app/(console)/run-action'
import type { FormState } from '@/components/settings/form-state'
import { addAlias, revokeAlias } from '@/lib/catalogue/manage-aliases'
import { aliasReason } from '@/lib/pricing/alias-input'

const instant = z.string().transform((text) => (text.trim() === '' ? null : text.trim()))

/** Says what a name stands for. */
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
  return runAction(form, schema, async (person, { workspace, from, to, where, reason, ...names }) => {
    const input = { ...names, effectiveFrom: from, effectiveTo: to, everywhere: where === 'everywhere' }
    await addAlias(person, workspace, input, reason)
    return { message: 'Added.' }
  })
}

/** Ends an alias, as if it had never been. */
export async function revokeAliasAction(_previous: FormState, form: FormData): Promise<FormState> {
  const schema = z.object({
    workspace: z.string(),
    alias: z.coerce.number().int().min(1).max(2_147_483_647),
    reason: aliasReason,
  })
  return runAction(form, schema, async (person, { workspace, alias, reason }) => {
    await revokeAlias(person, workspace, alias, reason)
    return { message: 'Revoked.' }
  })
}
