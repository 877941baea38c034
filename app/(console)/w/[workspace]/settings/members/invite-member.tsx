'use client'

import { inviteAction } from '@/app/(console)/w/[workspace]/settings/actions'
import { ActionForm } from '@/components/settings/action-form'
import { HandedLink } from '@/components/settings/handed-link'
import { SelectField } from '@/components/settings/select-field'
import { Button } from '@/components/ui/button'
import { Dialog, DialogContent, DialogTrigger } from '@/components/ui/dialog'
import { Field, Input } from '@/components/ui/input'
import type { Role } from '@/lib/auth/permissions'

const DOES: Record<Role, string> = {
  owner: 'Owner: everything, appoints owners, archives',
  admin: 'Admin: members, keys, settings, audit log',
  editor: 'Editor: budgets, alerts, prices',
  viewer: 'Viewer: sees and exports numbers',
}

/** The roles that somebody may give, each with what it may do. */
export function roleOptions(roles: readonly Role[]) {
  return roles.map((role) => ({ value: role, label: DOES[role] }))
}

export function InviteMember({ workspace, roles }: { workspace: string; roles: readonly Role[] }) {
  return (
    <Dialog>
      <DialogTrigger asChild>
        <Button variant="primary">Invite</Button>
      </DialogTrigger>
      <DialogContent title="Invite to this workspace" description="You get a link to send; no mail leaves Farthing.">
        <div className="p-4">
          <ActionForm action={inviteAction} fields={{ workspace }} submitLabel="Make invitation">
            {(state) => (
              <>
                <Field id="invite-email" label="E-mail" error={state.errors.email}>
                  {(field) => (
                    <Input {...field} name="email" type="email" required maxLength={320} autoComplete="off" />
                  )}
                </Field>
                <SelectField
                  id="invite-role"
                  name="role"
                  label="Role"
                  error={state.errors.role}
                  options={roleOptions(roles)}
                  defaultValue="viewer"
                />
                <HandedLink state={state} note="Send it to them yourself." expires="within 7 days" />
              </>
            )}
          </ActionForm>
        </div>
      </DialogContent>
    </Dialog>
  )
}
