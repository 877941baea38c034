'use client'

import { closeMonthAction } from '@/app/(console)/w/[workspace]/close/actions'
import { ActionForm } from '@/components/settings/action-form'
import { Button } from '@/components/ui/button'
import { Dialog, DialogContent, DialogTrigger } from '@/components/ui/dialog'
import { Field, Input } from '@/components/ui/input'

/** Asks why, and says what closing a month means. */
export function CloseDialog({
  workspace,
  month,
  monthName,
  spend,
}: {
  workspace: string
  month: string
  monthName: string
  /** What would be booked now, as it is shown. */
  spend: string
}) {
  return (
    <Dialog>
      <DialogTrigger asChild>
        <Button aria-label={`Close ${monthName}`}>Close…</Button>
      </DialogTrigger>
      <DialogContent
        title={`Close ${monthName}?`}
        description="This cannot be undone: closed figures never move."
        className="max-w-md"
      >
        <div className="flex flex-col gap-4 p-4">
          <p className="text-ink-muted">
            Its figures as of now, <strong className="text-ink">{spend}</strong>, are kept as booked. The ledger goes
            on: what it says later stands beside them, with the difference explained.
          </p>
          <ActionForm action={closeMonthAction} fields={{ workspace, month }} submitLabel="Close the month">
            {({ errors }) => (
              <Field
                id={`close-${month}`}
                label="Reason"
                hint="Kept with the month and in the audit log."
                error={errors.reason}
              >
                {(field) => <Input {...field} name="reason" required maxLength={500} autoComplete="off" />}
              </Field>
            )}
          </ActionForm>
        </div>
      </DialogContent>
    </Dialog>
  )
}
