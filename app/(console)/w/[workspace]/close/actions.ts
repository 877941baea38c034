'use server'

import { z } from 'zod'
import { runAction } from '@/app/(console)/run-action'
import type { FormState } from '@/components/settings/form-state'
import { closeInput, closeMonth } from '@/lib/close/close-month'
import { formatMonth } from '@/lib/close/month'

/** Closes a month. */
export async function closeMonthAction(_previous: FormState, form: FormData): Promise<FormState> {
  const schema = z.object({ workspace: z.string() }).extend(closeInput.shape)
  return runAction(form, schema, async (person, { workspace, ...input }) => {
    await closeMonth(person, workspace, input, new Date())
    return { message: `Closed ${formatMonth(input.month)}.` }
  })
}
