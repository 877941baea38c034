'use client'

import { useActionState, useEffect, useRef } from 'react'
import { type SetUpState, setUpAction } from '@/app/set-up/actions'
import { NewPasswordField } from '@/app/sign-in/new-password-field'
import { Button } from '@/components/ui/button'
import { FormError } from '@/components/ui/form-message'
import { Field, Input } from '@/components/ui/input'

const UNTOUCHED: SetUpState = {
  error: null,
  problems: {},
  values: { name: '', email: '', workspaceName: '', timeZone: 'UTC' },
}

/** The first account and the first workspace. */
export function SetUpForm({ token }: { token: string }) {
  const [state, submit, pending] = useActionState(setUpAction, UNTOUCHED)
  const { problems, values } = state
  const timeZone = useRef<HTMLInputElement>(null)
  useEffect(() => {
    const { timeZone: own } = Intl.DateTimeFormat().resolvedOptions()
    if (timeZone.current?.value === 'UTC') timeZone.current.value = own
  }, [])
  return (
    <form action={submit} className="flex flex-col gap-4">
      {state.error && <FormError>{state.error}</FormError>}
      <input type="hidden" name="token" value={token} />
      <Field id="name" label="Your name" error={problems.name}>
        {(field) => (
          <Input {...field} name="name" autoComplete="name" maxLength={120} required defaultValue={values.name} />
        )}
      </Field>
      <Field id="email" label="Email" error={problems.email}>
        {(field) => (
          <Input
            {...field}
            name="email"
            type="email"
            autoComplete="username"
            autoCapitalize="none"
            spellCheck={false}
            maxLength={320}
            required
            defaultValue={values.email}
          />
        )}
      </Field>
      <NewPasswordField error={problems.password} />
      <Field
        id="workspace-name"
        label="First workspace"
        hint="What is attributed and budgeted: a product, a team."
        error={problems.workspaceName}
      >
        {(field) => (
          <Input {...field} name="workspaceName" maxLength={120} required defaultValue={values.workspaceName} />
        )}
      </Field>
      <Field id="time-zone" label="Reporting time zone" hint="Where its days and months end." error={problems.timeZone}>
        {(field) => (
          <Input {...field} ref={timeZone} name="timeZone" spellCheck={false} required defaultValue={values.timeZone} />
        )}
      </Field>
      <Button type="submit" variant="primary" disabled={pending} aria-busy={pending}>
        Create account and workspace
      </Button>
    </form>
  )
}
