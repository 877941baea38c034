'use client'

import { type FormEvent, type ReactNode, startTransition, useActionState } from 'react'
import { type FormState, type SettingsAction, UNTOUCHED } from '@/components/settings/form-state'
import { Button, type ButtonVariant } from '@/components/ui/button'
import { classNames } from '@/components/ui/class-names'

/** A form with a server action that keeps what was typed, says what is wrong beside it, and what was done. */
export function ActionForm({
  action,
  fields = {},
  submitLabel,
  submitName,
  variant = 'primary',
  className,
  children,
}: {
  action: SettingsAction
  /** Sent along unseen: which workspace, which member. */
  fields?: Readonly<Record<string, string>>
  submitLabel: string
  /** Where several buttons say the same: what this one is about. */
  submitName?: string
  variant?: ButtonVariant
  className?: string
  children?: (state: FormState) => ReactNode
}) {
  const [state, submit, pending] = useActionState(action, UNTOUCHED)
  // React resets a form whose action has run; what somebody typed must outlive an error.
  const send = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const data = new FormData(event.currentTarget)
    startTransition(() => submit(data))
  }
  return (
    <form action={submit} onSubmit={send} className={classNames('flex flex-col gap-4', className)}>
      {Object.entries(fields).map(([name, value]) => (
        <input key={name} type="hidden" name={name} value={value} />
      ))}
      {children?.(state)}
      <div className="flex flex-wrap items-center gap-3">
        <Button type="submit" variant={variant} disabled={pending} aria-busy={pending} aria-label={submitName}>
          {submitLabel}
        </Button>
        <FormMessage state={state} />
      </div>
    </form>
  )
}

/** What went wrong with a form as a whole, or that it is done. */
export function FormMessage({ state }: { state: FormState }) {
  return (
    <span role="status" className={classNames('min-w-0', state.status === 'failed' ? 'text-bad' : 'text-good')}>
      {state.message}
    </span>
  )
}
