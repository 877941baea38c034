'use server'

import { z } from 'zod'
import { runAction } from '@/app/(console)/run-action'
import type { FormState } from '@/components/settings/form-state'
import { createApiKey } from '@/lib/api-keys/create-api-key'
import { newKey } from '@/lib/api-keys/new-key'
import { revokeApiKey } from '@/lib/api-keys/revoke-api-key'
import { ROLES } from '@/lib/auth/permissions'
import { changeRole } from '@/lib/members/change-role'
import { inviteMember, revokeInvitation } from '@/lib/members/invite-member'
import { removeMember } from '@/lib/members/remove-member'
import { resetMemberPassword } from '@/lib/members/reset-password'
import { appointOwners } from '@/lib/workspaces/appoint-owners'
import { archiveWorkspace, restoreWorkspace } from '@/lib/workspaces/archive-workspace'
import { updateSettings } from '@/lib/workspaces/update-settings'
import { workspaceSettings } from '@/lib/workspaces/workspace-settings'

const ofWorkspace = z.object({ workspace: z.string() })
const ofMember = ofWorkspace.extend({ member: z.uuid() })
const role = z.enum(ROLES, 'Choose a role.')
const rowId = z.coerce.number().int().min(1).max(2_147_483_647)
const memberOrNobody = z
  .literal('')
  .transform(() => null)
  .or(z.uuid('Choose a member of the list.'))

const settingsForm = ofWorkspace.extend({
  ...workspaceSettings.shape,
  // No box ticked is no field sent.
  defaultEnvironments: z.preprocess((value) => value ?? [], workspaceSettings.shape.defaultEnvironments),
  defaultDataModes: z.preprocess((value) => value ?? [], workspaceSettings.shape.defaultDataModes),
})

/** Saves the general settings of a workspace. */
export async function saveSettingsAction(_previous: FormState, form: FormData): Promise<FormState> {
  return runAction(form, settingsForm, async (person, { workspace, ...settings }) => {
    const changed = await updateSettings(person, workspace, settings)
    return { message: changed ? 'Saved.' : 'Nothing had changed.' }
  })
}

/** Makes a workspace read-only. */
export async function archiveAction(_previous: FormState, form: FormData): Promise<FormState> {
  return runAction(form, ofWorkspace, async (person, { workspace }) => {
    await archiveWorkspace(person, workspace, new Date())
    return { message: 'Archived.' }
  })
}

/** Takes an archived workspace back into use. */
export async function restoreAction(_previous: FormState, form: FormData): Promise<FormState> {
  return runAction(form, ofWorkspace, async (person, { workspace }) => {
    await restoreWorkspace(person, workspace)
    return { message: 'Restored.' }
  })
}

/** Appoints the budget owner and the backup. */
export async function appointOwnersAction(_previous: FormState, form: FormData): Promise<FormState> {
  const schema = ofWorkspace.extend({ budgetOwner: memberOrNobody, backupOwner: memberOrNobody })
  return runAction(form, schema, async (person, { workspace, budgetOwner, backupOwner }) => {
    await appointOwners(person, workspace, { budgetOwnerId: budgetOwner, backupOwnerId: backupOwner })
    return { message: 'Saved.' }
  })
}

/** Makes an invitation and hands its link over. */
export async function inviteAction(_previous: FormState, form: FormData): Promise<FormState> {
  const email = z
    .string()
    .trim()
    .toLowerCase()
    .pipe(z.email('Enter an e-mail address, such as ada@example.com.').max(320))
  return runAction(form, ofWorkspace.extend({ email, role }), async (person, { workspace, ...invitation }) => {
    const { url, expiresAt } = await inviteMember(person, workspace, invitation)
    return {
      message: `Invited ${invitation.email}.`,
      result: { kind: 'link', url, expiresAt: expiresAt.toISOString() },
    }
  })
}

/** Ends an open invitation. */
export async function revokeInvitationAction(_previous: FormState, form: FormData): Promise<FormState> {
  return runAction(form, ofWorkspace.extend({ invitation: rowId }), async (person, { workspace, invitation }) => {
    await revokeInvitation(person, workspace, invitation)
    return { message: 'Revoked.' }
  })
}

/** Gives a member another role. */
export async function changeRoleAction(_previous: FormState, form: FormData): Promise<FormState> {
  return runAction(form, ofMember.extend({ role }), async (person, { workspace, member, role: next }) => {
    await changeRole(person, workspace, member, next)
    return { message: 'Saved. It holds from their next click.' }
  })
}

/** Takes a member's access away. */
export async function removeMemberAction(_previous: FormState, form: FormData): Promise<FormState> {
  return runAction(form, ofMember, async (person, { workspace, member }) => {
    await removeMember(person, workspace, member)
    return { message: 'Removed.' }
  })
}

/** Makes a password-reset link for a member and hands it over. */
export async function resetMemberPasswordAction(_previous: FormState, form: FormData): Promise<FormState> {
  return runAction(form, ofMember, async (person, { workspace, member }) => {
    const { url, expiresAt } = await resetMemberPassword(person, workspace, member)
    return { message: 'Made a link.', result: { kind: 'link', url, expiresAt: expiresAt.toISOString() } }
  })
}

/** Makes an API key and shows its secret this once. */
export async function createKeyAction(_previous: FormState, form: FormData): Promise<FormState> {
  return runAction(form, ofWorkspace.extend(newKey.shape), async (person, { workspace, ...key }) => {
    const created = await createApiKey(person, workspace, key, new Date())
    return { message: `Made the key ${created.name}.`, result: { kind: 'key', ...created } }
  })
}

/** Ends an API key. */
export async function revokeKeyAction(_previous: FormState, form: FormData): Promise<FormState> {
  return runAction(form, ofWorkspace.extend({ key: rowId }), async (person, { workspace, key }) => {
    await revokeApiKey(person, workspace, key)
    return { message: 'Revoked.' }
  })
}
