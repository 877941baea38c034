'use client'

import { useActionState } from 'react'
import { type SignInState, signInAction } from '@/app/sign-in/actions'
import { Button } from '@/components/ui/button'
import { Field, Input } from '@/components/ui/input'

const UNTOUCHED: SignInState = { error: null, email: '' }

/** E-mail and password. A plain form with a server action, so that it works before (and without) its script. */
export function SignInForm({ callbackPath }: { callbackPath: string }) {
  const [state, submit, pending] = useActionState(signInAction, UNTOUCHED)
  const invalid = state.error ? ({ 'aria-describedby': 'sign-in-error' } as const) : {}
  return (
    <form action={submit} className="flex flex-col gap-4">
      {state.error && (
        <p id="sign-in-error" role="alert" className="bg-bad-soft text-bad rounded-md px-3 py-2">
          {state.error}
        </p>
      )}
      <input type="hidden" name="callbackUrl" value={callbackPath} />
      <Field id="email" label="Email">
        {(field) => (
          <Input
            {...field}
            {...invalid}
            key={state.email}
            name="email"
            type="email"
            autoComplete="username"
            autoCapitalize="none"
            spellCheck={false}
            maxLength={320}
            required
            defaultValue={state.email}
          />
        )}
      </Field>
      <Field id="password" label="Password">
        {(field) => (
          <Input
            {...field}
            {...invalid}
            name="password"
            type="password"
            autoComplete="current-password"
            maxLength={1024}
            required
          />
        )}
      </Field>
      <Button type="submit" variant="primary" disabled={pending} aria-busy={pending}>
        Sign in
      </Button>
    </form>
  )
}
