'use server'

import { z } from 'zod'
import { runAction } from '@/app/(console)/run-action'
import type { FormState } from '@/components/settings/form-state'
import { ruleFields, ruleForm } from '@/lib/rules/rule-form'
import { changeRule, createRule } from '@/lib/rules/save-rule'
import { archiveRule, switchRule } from '@/lib/rules/switch-rule'

const rowId = z.coerce.number().int().min(1).max(2_147_483_647)
const ofRule = z.object({ workspace: z.string(), rule: rowId })

const ruleOfWorkspace = z
  .object({ ...ruleFields.shape, workspace: z.string(), rule: z.literal('').or(rowId) })
  .transform(({ workspace, rule: id, ...fields }, context) => {
    const parsed = ruleForm.safeParse(fields)
    if (parsed.success) return { workspace, id, rule: parsed.data }
    for (const { path, message } of parsed.error.issues) context.addIssue({ code: 'custom', path: [...path], message })
    return z.NEVER
  })

/** Creates a rule, or changes the one that is named. */
export async function saveRuleAction(_previous: FormState, form: FormData): Promise<FormState> {
  return runAction(form, ruleOfWorkspace, async (person, { workspace, id, rule }) => {
    if (id === '') {
      await createRule(person, workspace, rule, new Date())
      return { message: 'Created. It is looked at from now on.' }
    }
    return { message: (await changeRule(person, workspace, id, rule)) ? 'Saved.' : 'Nothing had changed.' }
  })
}

/** Switches a rule on or off. */
export async function switchRuleAction(_previous: FormState, form: FormData): Promise<FormState> {
  return runAction(form, ofRule.extend({ on: z.enum(['yes', 'no']) }), async (person, { workspace, rule, on }) => {
    await switchRule(person, workspace, rule, on === 'yes', new Date())
    return { message: on === 'yes' ? 'On.' : 'Off.' }
  })
}

/** Archives a rule. */
export async function archiveRuleAction(_previous: FormState, form: FormData): Promise<FormState> {
  return runAction(form, ofRule, async (person, { workspace, rule }) => {
    await archiveRule(person, workspace, rule, new Date())
    return { message: 'Archived.' }
  })
}
