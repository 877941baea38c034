import 'server-only'
import { revalidatePath } from 'next/cache'
import { forbidden, notFound, redirect } from 'next/navigation'
import type { z } from 'zod'
import type { FormState } from '@/components/settings/form-state'
import type { Person } from '@/lib/auth/person'
import { requirePerson } from '@/lib/auth/require-permission'
import { AppError } from '@/lib/errors'

type Done = { message: string; result?: FormState['result'] }

/**
 * Runs a settings form: who is signed in, what was sent, then the change, which settles by itself whether that person may
 * make it. Wrong fields and refused changes come back beside the form; a foreign id is a 404, a missing right a 403.
 */
export async function runAction<Schema extends z.ZodType>(
  form: FormData,
  schema: Schema,
  change: (person: Person, input: z.output<Schema>) => Promise<Done>,
): Promise<FormState> {
  const person = await requirePerson()
  const parsed = schema.safeParse(readForm(form))
  if (!parsed.success) {
    const errors = Object.fromEntries(parsed.error.issues.toReversed().map(({ path, message }) => [path[0], message]))
    return { status: 'failed', message: 'Nothing was saved yet: see the marked fields.', errors, result: null }
  }
  const outcome = await attempt(() => change(person, parsed.data))
  if (outcome.ok) {
    revalidatePath('/', 'layout')
    return { status: 'done', message: outcome.done.message, errors: {}, result: outcome.done.result ?? null }
  }
  switch (outcome.error.code) {
    case 'not_found':
      return notFound()
    case 'forbidden':
      return forbidden()
    case 'unauthenticated':
      return redirect('/sign-in')
    default:
      return { status: 'failed', message: outcome.error.message, errors: {}, result: null }
  }
}

async function attempt(run: () => Promise<Done>): Promise<{ ok: true; done: Done } | { ok: false; error: AppError }> {
  try {
    return { ok: true, done: await run() }
  } catch (error) {
    if (error instanceof AppError) return { ok: false, error }
    throw error
  }
}

/** The fields of a form; those named `x[]` as a list `x`. React's own are left out. */
function readForm(form: FormData): Record<string, unknown> {
  const names = [...new Set(form.keys())].filter((name) => !name.startsWith('$'))
  return Object.fromEntries(
    names.map((name) => (name.endsWith('[]') ? [name.slice(0, -2), form.getAll(name)] : [name, form.get(name)])),
  )
}
