'use client'

import { useActionState } from 'react'
import { acceptAction, type InvitationState, joinAction } from '@/app/invitation/[token]/actions'
import { NewPasswordField } from '@/app/sign-in/new-password-field'
import { Button } from '@/components/ui/button'
import { FormError } from '@/components/ui/form-message'
import { Field, Input } from '@/components/ui/input'

const UNTOUCHED: InvitationState = { error: null, name: '' }

/** For somebody new: a name and a password. */
export function JoinForm({ token, email }: { token: string; email: string }) {
  const [state, submit, pending] = useActionState(joinAction.bind(null, token), UNTOUCHED)
  return (
    <form action={submit} className="flex flex-col gap-4">
      {state.error && <FormError>{state.error}</FormError>}
      <input type="hidden" autoComplete="username" name="email" value={email} />
      <Field id="name" label="Your name">
        {(field) => (
          <Input {...field} name="name" autoComplete="name" maxLength={120} required defaultValue={state.name} />
        )}
      </Field>
      <NewPasswordField />
      <Button type="submit" variant="primary" disabled={pending} aria-busy={pending}>
        Create account and join
      </Button>
    </form>
  )
}

/** For somebody who is signed in. */
export function AcceptForm({ token }: { token: string }) {
  const [state, submit, pending] = useActionState(acceptAction.bind(null, token), UNTOUCHED)
  return (
    <form action={submit} className="flex flex-col gap-4">
      {state.error && <FormError>{state.error}</FormError>}
      <Button type="submit" variant="primary" disabled={pending} aria-busy={pending}>
        Accept
      </Button>
    </form>
  )
}
