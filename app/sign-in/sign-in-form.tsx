'use client'

import { useActionState } from 'react'
import { type SignInState, signInAction } from '@/app/sign-in/actions'
import { Button } from '@/components/ui/button'
import { FormError } from '@/components/ui/form-message'
import { Field, Input } from '@/components/ui/input'

const UNTOUCHED: SignInState = { error: null, email: '', challenge: null }

/**
 * E-mail and password, then a code if the account has a second factor. A plain form with a server action, so that it works
 * before (and without) its script.
 */
export function SignInForm({ callbackPath }: { callbackPath: string }) {
  const [state, submit, pending] = useActionState(signInAction, UNTOUCHED)
  const invalid = state.error ? ({ 'aria-describedby': 'sign-in-error' } as const) : {}
  return (
    <form action={submit} className="flex flex-col gap-4">
      {state.error && <FormError id="sign-in-error">{state.error}</FormError>}
      <input type="hidden" name="callbackUrl" value={callbackPath} />
      {state.challenge === null ? (
        <>
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
        </>
      ) : (
        <>
          <input type="hidden" name="challenge" value={state.challenge} />
          <input type="hidden" name="email" value={state.email} />
          <Field id="code" label="Code" hint="Of your authenticator app, or one of your recovery codes.">
            {(field) => (
              <Input
                {...field}
                {...invalid}
                name="code"
                autoComplete="one-time-code"
                autoCapitalize="none"
                spellCheck={false}
                maxLength={40}
                // The step replaces the one before it: focus would be lost.
                autoFocus
                required
              />
            )}
          </Field>
        </>
      )}
      <Button type="submit" variant="primary" disabled={pending} aria-busy={pending}>
        {state.challenge === null ? 'Sign in' : 'Continue'}
      </Button>
    </form>
  )
}
