'use server'

import { z } from 'zod'
import { runAction } from '@/app/(console)/run-action'
import type { FormState } from '@/components/settings/form-state'
import { setAccountDisabled, setOrganizationAdmin } from '@/lib/members/manage-account'
import { resetAccountPassword } from '@/lib/members/reset-password'
import { exchangeRateInput, parseRatesCsv } from '@/lib/pricing/exchange-rates'
import { addRates } from '@/lib/pricing/manage-exchange-rates'
import { createWorkspace } from '@/lib/workspaces/create-workspace'
import { newWorkspace } from '@/lib/workspaces/workspace-settings'

const ofAccount = z.object({ account: z.uuid() })
const MAX_RATES_BYTES = 512 * 1024
const yesOrNo = z.enum(['yes', 'no']).transform((answer) => answer === 'yes')

/** Stores one exchange rate. */
export async function addRateAction(_previous: FormState, form: FormData): Promise<FormState> {
  return runAction(form, exchangeRateInput, async (person, rate) => {
    await addRates(person, [rate])
    return { message: `Stored the rate of ${rate.currency} for ${rate.day}.` }
  })
}

const ratesFile = z.object({
  file: z
    .file('Choose a CSV file.')
    .min(1, 'Choose a CSV file.')
    .max(MAX_RATES_BYTES, 'The file may have at most 512 KiB. Upload it in parts.'),
})

/** Stores the exchange rates of a CSV, all or none. */
export async function uploadRatesAction(_previous: FormState, form: FormData): Promise<FormState> {
  return runAction(form, ratesFile, async (person, { file }) => {
    const rates = parseRatesCsv(await file.text())
    await addRates(person, rates)
    return { message: `Stored ${rates.length} ${rates.length === 1 ? 'rate' : 'rates'}.` }
  })
}

/** Creates a workspace. */
export async function createWorkspaceAction(_previous: FormState, form: FormData): Promise<FormState> {
  return runAction(form, newWorkspace, async (person, input) => {
    const { slug } = await createWorkspace(person, input)
    return { message: `Created. Its address is /w/${slug}.` }
  })
}

/** Disables an account or enables it again. */
export async function setDisabledAction(_previous: FormState, form: FormData): Promise<FormState> {
  return runAction(form, ofAccount.extend({ disabled: yesOrNo }), async (person, { account, disabled }) => {
    await setAccountDisabled(person, account, disabled, new Date())
    return { message: disabled ? 'Disabled.' : 'Enabled.' }
  })
}

/** Makes somebody an organisation admin or takes that away. */
export async function setAdminAction(_previous: FormState, form: FormData): Promise<FormState> {
  return runAction(form, ofAccount.extend({ admin: yesOrNo }), async (person, { account, admin }) => {
    await setOrganizationAdmin(person, account, admin)
    return { message: 'Saved.' }
  })
}

/** Makes a password-reset link for any account and hands it over. */
export async function resetAccountPasswordAction(_previous: FormState, form: FormData): Promise<FormState> {
  return runAction(form, ofAccount, async (person, { account }) => {
    const { url, expiresAt } = await resetAccountPassword(person, account)
    return { message: 'Made a link.', result: { kind: 'link', url, expiresAt: expiresAt.toISOString() } }
  })
}
