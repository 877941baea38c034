'use server'

import { z } from 'zod'
import { runAction } from '@/app/(console)/run-action'
import type { FormState } from '@/components/settings/form-state'
import { acknowledgeAsPerson, resolveAsPerson, snoozeAsPerson } from '@/lib/alerts/answer-as-person'

const ofAlert = z.object({
  workspace: z.string(),
  alert: z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER),
})

/** Takes an alert on: its escalation stops. */
export async function acknowledgeAction(_previous: FormState, form: FormData): Promise<FormState> {
  return runAction(form, ofAlert, async (person, { workspace, alert }) => {
    await acknowledgeAsPerson(person, workspace, alert, new Date())
    return { message: 'Acknowledged.' }
  })
}

/** Puts an alert aside for some time. */
export async function snoozeAction(_previous: FormState, form: FormData): Promise<FormState> {
  const schema = ofAlert.extend({ minutes: z.coerce.number().int().min(5).max(10_080) })
  return runAction(form, schema, async (person, { workspace, alert, minutes }) => {
    await snoozeAsPerson(person, workspace, { alertId: alert, minutes }, new Date())
    return { message: 'Snoozed.' }
  })
}

/** Ends an alert by hand. */
export async function resolveAction(_previous: FormState, form: FormData): Promise<FormState> {
  return runAction(form, ofAlert, async (person, { workspace, alert }) => {
    await resolveAsPerson(person, workspace, alert, new Date())
    return { message: 'Resolved.' }
  })
}
