'use client'

import { resetAccountPasswordAction, setAdminAction, setDisabledAction } from '@/app/(console)/organization/actions'
import { ActionForm } from '@/components/settings/action-form'
import { HandedLink } from '@/components/settings/handed-link'
import { Button } from '@/components/ui/button'
import { Dialog, DialogContent, DialogTrigger } from '@/components/ui/dialog'

const SECTION = 'border-line border-t pt-4 first:border-t-0 first:pt-0'

export function ManageAccount({
  account,
}: {
  account: { id: string; name: string; isDisabled: boolean; isOrganizationAdmin: boolean; isSelf: boolean }
}) {
  const { id, name, isDisabled, isOrganizationAdmin, isSelf } = account
  return (
    <Dialog>
      <DialogTrigger asChild>
        <Button aria-label={`Manage ${name}`}>Manage</Button>
      </DialogTrigger>
      <DialogContent title={name}>
        <div className="flex flex-col gap-4 p-4">
          <div className={SECTION}>
            <ActionForm
              action={setAdminAction}
              fields={{ account: id, admin: isOrganizationAdmin ? 'no' : 'yes' }}
              submitLabel={isOrganizationAdmin ? 'Take organisation admin away' : 'Make organisation admin'}
              variant="secondary"
            >
              {() => (
                <p className="text-ink-muted">
                  Organisation admins may do everything in every workspace, and manage workspaces and people.
                </p>
              )}
            </ActionForm>
          </div>
          {!isDisabled && (
            <div className={SECTION}>
              <ActionForm
                action={resetAccountPasswordAction}
                fields={{ account: id }}
                submitLabel="Make a password-reset link"
                variant="secondary"
              >
                {(state) => (
                  <HandedLink
                    state={state}
                    note={`Give it to ${name} only: whoever has it sets the password.`}
                    expires="within 24 hours"
                  />
                )}
              </ActionForm>
            </div>
          )}
          {!isSelf && (
            <div className={SECTION}>
              <ActionForm
                action={setDisabledAction}
                fields={{ account: id, disabled: isDisabled ? 'no' : 'yes' }}
                submitLabel={isDisabled ? 'Enable account' : 'Disable account'}
                variant={isDisabled ? 'secondary' : 'danger'}
              >
                {() => (
                  <p className="text-ink-muted">
                    {isDisabled
                      ? 'They can sign in again, with the roles they had.'
                      : 'All their sessions end at once and they cannot sign in. Their roles stay for later.'}
                  </p>
                )}
              </ActionForm>
            </div>
          )}
        </div>
      </DialogContent>
    </Dialog>
  )
}
