'use server'

import { redirect } from 'next/navigation'
import { z } from 'zod'
import { signIn } from '@/lib/auth/auth'
import { readRequestOrigin } from '@/lib/auth/request-origin'
import { setUp, setUpSchema } from '@/lib/auth/set-up'
import { AppError } from '@/lib/errors'

const FIELDS = ['name', 'email', 'workspaceName', 'timeZone'] as const

export type SetUpState = {
  error: string | null
  /** What is wrong, by field. */
  problems: Partial<Record<string, string>>
  /** What was typed, the password left out. */
  values: Record<(typeof FIELDS)[number], string>
}

/** Creates the first account and workspace and signs in. */
export async function setUpAction(_previous: SetUpState, form: FormData): Promise<SetUpState> {
  const read = (name: string) => String(form.get(name) ?? '')
  const values = {
    name: read('name'),
    email: read('email'),
    workspaceName: read('workspaceName'),
    timeZone: read('timeZone'),
  }
  const parsed = setUpSchema.safeParse({ ...values, password: read('newPassword') })
  if (!parsed.success) {
    const { fieldErrors } = z.flattenError(parsed.error)
    const problems = Object.fromEntries(Object.entries(fieldErrors).map(([name, messages]) => [name, messages[0]]))
    return { error: null, problems, values }
  }
  try {
    await setUp({ ...parsed.data, token: read('token') }, (await readRequestOrigin()).address)
  } catch (error) {
    if (error instanceof AppError) return { error: error.message, problems: {}, values }
    throw error
  }
  const { email, password } = parsed.data
  await signIn('credentials', { email, password, redirect: false, redirectTo: '/' })
  redirect('/')
}
