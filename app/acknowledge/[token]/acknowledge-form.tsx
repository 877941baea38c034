'use client'

import { useActionState } from 'react'
import { type AcknowledgeState, acknowledgeByLinkAction } from '@/app/acknowledge/[token]/actions'
import { Button } from '@/components/ui/button'
import { FormError } from '@/components/ui/form-message'

const UNTOUCHED: AcknowledgeState = { error: null }

export function AcknowledgeForm({ token }: { token: string }) {
  const [state, submit, pending] = useActionState(acknowledgeByLinkAction.bind(null, token), UNTOUCHED)
  return (
    <form action={submit} className="flex flex-col gap-4">
      {state.error && <FormError>{state.error}</FormError>}
      <Button type="submit" variant="primary" disabled={pending} aria-busy={pending}>
        Acknowledge
      </Button>
    </form>
  )
}
