'use client'

import { type ReactNode, useState } from 'react'
import { ActionForm } from '@/components/settings/action-form'
import type { SettingsAction } from '@/components/settings/form-state'
import { Button, type ButtonVariant } from '@/components/ui/button'
import { Dialog, DialogContent, DialogTrigger } from '@/components/ui/dialog'

/** A button whose act is explained and confirmed before it is done. */
export function ConfirmAction({
  label,
  accessibleLabel,
  title,
  confirmLabel = label,
  variant = 'danger',
  action,
  fields,
  children,
}: {
  label: string
  /** Where several buttons say the same: what this one is about. */
  accessibleLabel?: string
  title: string
  confirmLabel?: string
  variant?: ButtonVariant
  action: SettingsAction
  fields: Readonly<Record<string, string>>
  children: ReactNode
}) {
  const [open, setOpen] = useState(false)
  const run: SettingsAction = async (previous, form) => {
    const next = await action(previous, form)
    if (next.status === 'done') setOpen(false)
    return next
  }
  return (
    <Dialog open={open} onOpenChange={setOpen}>
      <DialogTrigger asChild>
        <Button variant={variant} aria-label={accessibleLabel}>
          {label}
        </Button>
      </DialogTrigger>
      <DialogContent title={title} className="max-w-md">
        <div className="flex flex-col gap-4 p-4">
          <div className="text-ink-muted">{children}</div>
          <ActionForm action={run} fields={fields} submitLabel={confirmLabel} variant={variant} />
        </div>
      </DialogContent>
    </Dialog>
  )
}
