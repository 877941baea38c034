'use client'

import { type ReactNode, useActionState } from 'react'
import {
  beginSecondFactorAction,
  changePasswordAction,
  changeSecondFactorAction,
  confirmSecondFactorAction,
  endSessionAction,
  type SecurityState,
} from '@/app/account/security/actions'
import { NewPasswordField } from '@/app/sign-in/new-password-field'
import { Button } from '@/components/ui/button'
import { FormDone, FormError } from '@/components/ui/form-message'
import { Field, Input } from '@/components/ui/input'

const UNTOUCHED: SecurityState = { error: null, done: null, codes: null }

function Outcome({ state }: { state: SecurityState }) {
  if (state.error) return <FormError>{state.error}</FormError>
  if (state.done) return <FormDone>{state.done}</FormDone>
  return null
}

function PresentPassword({ id }: { id: string }) {
  return (
    <Field id={id} label="Present password">
      {(field) => (
        <Input {...field} name="password" type="password" autoComplete="current-password" maxLength={1024} required />
      )}
    </Field>
  )
}

export function PasswordForm({ email }: { email: string }) {
  const [state, submit, pending] = useActionState(changePasswordAction, UNTOUCHED)
  return (
    <form action={submit} className="flex max-w-sm flex-col gap-3">
      <Outcome state={state} />
      <input type="hidden" autoComplete="username" name="email" value={email} />
      <PresentPassword id="present-password" />
      <NewPasswordField label="New password" />
      <Button type="submit" className="self-start" disabled={pending} aria-busy={pending}>
        Change password
      </Button>
    </form>
  )
}

/** The only time that recovery codes are shown. */
function RecoveryCodes({ codes }: { codes: string[] }) {
  return (
    <div role="status" className="bg-sunken flex flex-col gap-2 rounded-md p-3">
      <p className="font-medium">Keep these recovery codes where your phone is not. They are shown only now.</p>
      <p className="text-ink-muted">Each signs you in once in place of a code.</p>
      <ul aria-label="Recovery codes" className="grid grid-cols-1 gap-x-6 gap-y-1 font-mono sm:grid-cols-2">
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ul>
    </div>
  )
}

/** The second factor of somebody with a password; `qr` draws the enrolment's address. */
export function SecondFactorForms({
  phase,
  secret,
  qr,
}: {
  phase: 'off' | 'pending' | 'on'
  secret: string | null
  qr: ReactNode
}) {
  const [begun, begin, beginning] = useActionState(beginSecondFactorAction, UNTOUCHED)
  const [confirmed, confirm, confirming] = useActionState(confirmSecondFactorAction, UNTOUCHED)
  const [changed, change, changing] = useActionState(changeSecondFactorAction, UNTOUCHED)
  const codes = phase === 'on' ? (changed.codes ?? confirmed.codes) : null
  if (phase === 'off') {
    return (
      <form action={begin} className="flex max-w-sm flex-col items-start gap-3">
        <Outcome state={begun.error ? begun : changed} />
        <Button type="submit" disabled={beginning} aria-busy={beginning}>
          Turn on
        </Button>
      </form>
    )
  }
  if (phase === 'pending') {
    return (
      <div className="flex flex-wrap gap-6">
        {qr}
        <form action={confirm} className="flex max-w-sm min-w-56 grow flex-col gap-3">
          <Outcome state={confirmed} />
          <p>Scan this with an authenticator app, or enter the key, and then the code that it shows.</p>
          <p>
            <span className="text-ink-muted block text-xs">Key</span>
            <code className="font-mono break-all">{secret?.replace(/(.{4})(?=.)/g, '$1 ')}</code>
          </p>
          <Field id="totp-code" label="Code">
            {(field) => (
              <Input {...field} name="code" inputMode="numeric" autoComplete="one-time-code" maxLength={10} required />
            )}
          </Field>
          <Button type="submit" variant="primary" className="self-start" disabled={confirming} aria-busy={confirming}>
            Confirm
          </Button>
        </form>
      </div>
    )
  }
  return (
    <div className="flex flex-col gap-4">
      {codes && <RecoveryCodes codes={codes} />}
      <form action={change} className="flex max-w-sm flex-col gap-3">
        <Outcome state={changed} />
        <PresentPassword id="second-factor-password" />
        <div className="flex flex-wrap gap-2">
          <Button type="submit" name="change" value="renew" disabled={changing}>
            New recovery codes
          </Button>
          <Button type="submit" name="change" value="off" variant="danger" disabled={changing}>
            Turn off
          </Button>
        </div>
      </form>
    </div>
  )
}

/** Signs out one session, or all the others. */
export function EndSessionForm({ sessionId, label }: { sessionId?: string; label: string }) {
  const [state, submit, pending] = useActionState(endSessionAction, UNTOUCHED)
  return (
    <form action={submit}>
      {state.error && <FormError>{state.error}</FormError>}
      {sessionId && <input type="hidden" name="sessionId" value={sessionId} />}
      <Button type="submit" aria-label={label} disabled={pending} aria-busy={pending}>
        {sessionId ? 'Sign out' : label}
      </Button>
    </form>
  )
}
