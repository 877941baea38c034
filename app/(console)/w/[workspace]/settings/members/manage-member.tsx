'use client'

import {
  changeRoleAction,
  removeMemberAction,
  resetMemberPasswordAction,
} from '@/app/(console)/w/[workspace]/settings/actions'
import { roleOptions } from '@/app/(console)/w/[workspace]/settings/members/invite-member'
import { ActionForm } from '@/components/settings/action-form'
import { HandedLink } from '@/components/settings/handed-link'
import { SelectField } from '@/components/settings/select-field'
import { Button } from '@/components/ui/button'
import { Dialog, DialogContent, DialogTrigger } from '@/components/ui/dialog'
import type { Role } from '@/lib/auth/permissions'

const SECTION = 'border-line border-t pt-4 first:border-t-0 first:pt-0'

export function ManageMember({
  workspace,
  member,
  roles,
  mayReset,
}: {
  workspace: string
  member: { id: string; name: string; role: Role }
  roles: readonly Role[]
  mayReset: boolean
}) {
  const fields = { workspace, member: member.id }
  return (
    <Dialog>
      <DialogTrigger asChild>
        <Button aria-label={`Manage ${member.name}`}>Manage</Button>
      </DialogTrigger>
      <DialogContent title={member.name}>
        <div className="flex flex-col gap-4 p-4">
          <div className={SECTION}>
            <ActionForm action={changeRoleAction} fields={fields} submitLabel="Change role">
              {(state) => (
                <SelectField
                  id={`role-${member.id}`}
                  name="role"
                  label="Role"
                  error={state.errors.role}
                  options={roleOptions(roles)}
                  defaultValue={member.role}
                />
              )}
            </ActionForm>
          </div>
          {mayReset && (
            <div className={SECTION}>
              <ActionForm
                action={resetMemberPasswordAction}
                fields={fields}
                submitLabel="Make a password-reset link"
                variant="secondary"
              >
                {(state) => (
                  <HandedLink
                    state={state}
                    note={`Give it to ${member.name} only: whoever has it sets the password.`}
                    expires="within 24 hours"
                  />
                )}
              </ActionForm>
            </div>
          )}
          <div className={SECTION}>
            <ActionForm
              action={removeMemberAction}
              fields={fields}
              submitLabel="Remove from workspace"
              variant="danger"
            >
              {() => (
                <p className="text-ink-muted">
                  {member.name} loses access at once. The account stays, and what they did stays in the audit log.
                </p>
              )}
            </ActionForm>
          </div>
        </div>
      </DialogContent>
    </Dialog>
  )
}
