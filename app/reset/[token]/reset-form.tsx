'use client'

import { useActionState } from 'react'
import { type ResetState, resetPasswordAction } from '@/app/reset/[token]/actions'
import { NewPasswordField } from '@/app/sign-in/new-password-field'
import { Button } from '@/components/ui/button'
import { FormError } from '@/components/ui/form-message'

const UNTOUCHED: ResetState = { error: null }

export function ResetForm({ token, email }: { token: string; email: string }) {
  const [state, submit, pending] = useActionState(resetPasswordAction.bind(null, token), UNTOUCHED)
  return (
    <form action={submit} className="flex flex-col gap-4">
      {state.error && <FormError>{state.error}</FormError>}
      <input type="hidden" autoComplete="username" name="email" value={email} />
      <NewPasswordField label="New password" />
      <Button type="submit" variant="primary" disabled={pending} aria-busy={pending}>
        Set password
      </Button>
    </form>
  )
}
