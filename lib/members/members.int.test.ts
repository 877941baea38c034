import { and, eq } from 'drizzle-orm'
import { expect, it } from 'vitest'
import { postgres } from '@/db/postgres/client'
import { findLiveSession } from '@/db/postgres/queries/sessions'
import { auditLog, memberships, users } from '@/db/postgres/schema'
import { openOneTimeLink } from '@/lib/auth/one-time-links'
import { beginSession } from '@/lib/auth/user-sessions'
import { findWorkspaceAccess } from '@/lib/auth/workspace-access'
import { mintAccess, newestAudit, outcomeOf } from '@/lib/members/access-fixture'
import { changeRole } from '@/lib/members/change-role'
import { inviteMember, listInvitations, revokeInvitation } from '@/lib/members/invite-member'
import { listMembers } from '@/lib/members/list-members'
import { setAccountDisabled, setOrganizationAdmin } from '@/lib/members/manage-account'
import { removeMember } from '@/lib/members/remove-member'
import { resetMemberPassword } from '@/lib/members/reset-password'
import { appointOwners } from '@/lib/workspaces/appoint-owners'

const NOW = new Date('2026-11-01T12:00:00Z')

it('changes a role at once and says who did, before and after', async () => {
  const { slug, workspaceId, people } = await mintAccess()
  await changeRole(people.admin, slug, people.second.id, 'editor')
  expect((await findWorkspaceAccess(people.second.id, slug))?.role).toBe('editor')
  expect(await newestAudit(workspaceId)).toMatchObject([
    {
      actorKind: 'user',
      actorId: people.admin.id,
      actorName: people.admin.email,
      address: '10.0.0.1',
      action: 'member.role_changed',
      targetId: people.second.id,
      targetName: people.second.email,
      before: { role: 'viewer' },
      after: { role: 'editor' },
    },
  ])
})

it('notes nothing when nothing changes', async () => {
  const { slug, workspaceId, people } = await mintAccess()
  await changeRole(people.admin, slug, people.second.id, 'viewer')
  expect(await newestAudit(workspaceId)).toEqual([])
})

it('lets nobody touch whoever has more rights', async () => {
  const { slug, people } = await mintAccess()
  expect(await outcomeOf(() => changeRole(people.admin, slug, people.owner.id, 'viewer'))).toBe('forbidden')
  expect(await outcomeOf(() => removeMember(people.admin, slug, people.owner.id))).toBe('forbidden')
  expect(await outcomeOf(() => changeRole(people.admin, slug, people.admin.id, 'owner'))).toBe('forbidden')
})

it('keeps the last owner, however two leave at once', async () => {
  const { slug, workspaceId, people } = await mintAccess()
  expect(await outcomeOf(() => changeRole(people.owner, slug, people.owner.id, 'viewer'))).toBe('conflict')
  expect(await outcomeOf(() => removeMember(people.owner, slug, people.owner.id))).toBe('conflict')
  await changeRole(people.owner, slug, people.admin.id, 'owner')
  const outcomes = await Promise.all([
    outcomeOf(() => changeRole(people.owner, slug, people.owner.id, 'viewer')),
    outcomeOf(() => changeRole(people.admin, slug, people.admin.id, 'viewer')),
  ])
  expect(outcomes.toSorted()).toEqual(['conflict', 'ok'])
  const owners = await postgres()
    .select()
    .from(memberships)
    .where(and(eq(memberships.workspaceId, workspaceId), eq(memberships.role, 'owner')))
  expect(owners).toHaveLength(1)
})

it('does not count a disabled owner as one', async () => {
  const { slug, people } = await mintAccess()
  await changeRole(people.owner, slug, people.admin.id, 'owner')
  await setAccountDisabled(people.organizationAdmin, people.admin.id, true, NOW)
  expect(await outcomeOf(() => removeMember(people.owner, slug, people.owner.id))).toBe('conflict')
})

it('removes a member but not whoever answers for budgets', async () => {
  const { slug, people } = await mintAccess()
  await appointOwners(people.owner, slug, { budgetOwnerId: people.editor.id, backupOwnerId: people.second.id })
  expect(await outcomeOf(() => removeMember(people.owner, slug, people.editor.id))).toBe('conflict')
  expect(await outcomeOf(() => removeMember(people.owner, slug, people.second.id))).toBe('conflict')
  await removeMember(people.owner, slug, people.viewer.id)
  expect(await findWorkspaceAccess(people.viewer.id, slug)).toBeNull()
  expect((await listMembers(people.owner, slug)).map(({ name }) => name)).toEqual([
    'admin',
    'editor',
    'owner',
    'second',
  ])
})

it('invites, lists what is open, and revokes', async () => {
  const { slug, workspaceId, people } = await mintAccess()
  const link = await inviteMember(people.admin, slug, { email: 'New@Example.com', role: 'editor' })
  expect(link.url).toMatch(/\/invitation\/[A-Za-z0-9_-]{43}$/)
  const [open] = await listInvitations(people.admin, slug)
  expect(open).toMatchObject({ email: 'new@example.com', role: 'editor', createdBy: 'admin' })
  await revokeInvitation(people.admin, slug, open?.id ?? 0)
  expect(await listInvitations(people.admin, slug)).toEqual([])
  expect(await outcomeOf(() => revokeInvitation(people.admin, slug, open?.id ?? 0))).toBe('not_found')
  expect((await newestAudit(workspaceId, 2)).map(({ action }) => action)).toEqual([
    'invitation.revoked',
    'invitation.created',
  ])
})

it('refuses to invite a member again, and an admin to end an owner’s invitation', async () => {
  const { slug, people } = await mintAccess()
  const again = { email: ` ${people.second.email.toUpperCase()} `, role: 'viewer' } as const
  expect(await outcomeOf(() => inviteMember(people.owner, slug, again))).toBe('conflict')
  await inviteMember(people.owner, slug, { email: 'boss@example.com', role: 'owner' })
  const [open] = await listInvitations(people.admin, slug)
  expect(await outcomeOf(() => revokeInvitation(people.admin, slug, open?.id ?? 0))).toBe('forbidden')
})

it('makes reset links only for accounts that an owner covers in full', async () => {
  const { slug, workspaceId, people } = await mintAccess()
  const other = await mintAccess()
  const reset = () => outcomeOf(() => resetMemberPassword(people.owner, slug, people.second.id))
  expect(await reset()).toBe('ok')
  await postgres()
    .insert(memberships)
    .values({ userId: people.second.id, workspaceId: other.workspaceId, role: 'viewer' })
  expect(await reset()).toBe('forbidden')
  await postgres().insert(memberships).values({
    userId: people.owner.id,
    workspaceId: other.workspaceId,
    role: 'admin',
  })
  expect(await reset()).toBe('forbidden')
  await postgres()
    .update(memberships)
    .set({ role: 'owner' })
    .where(and(eq(memberships.userId, people.owner.id), eq(memberships.workspaceId, other.workspaceId)))
  expect(await reset()).toBe('ok')
  await setOrganizationAdmin(people.organizationAdmin, people.second.id, true)
  expect(await reset()).toBe('forbidden')
  expect(await outcomeOf(() => resetMemberPassword(people.organizationAdmin, slug, people.second.id))).toBe('ok')
  expect(workspaceId).toBeGreaterThan(0)
})

it('disables an account for everything, its own excepted, and enables it with its roles', async () => {
  const { slug, people } = await mintAccess()
  const admin = people.organizationAdmin
  expect(await outcomeOf(() => setAccountDisabled(admin, admin.id, true, NOW))).toBe('conflict')
  const session = await beginSession(people.second, 'password', { address: '10.0.0.1', userAgent: 'vitest' })
  const { url } = await resetMemberPassword(people.owner, slug, people.second.id)
  await setAccountDisabled(admin, people.second.id, true, NOW)
  expect(await findWorkspaceAccess(people.second.id, slug)).toBeNull()
  const [stored] = await postgres().select().from(users).where(eq(users.id, people.second.id))
  expect(stored?.sessionsEndedAt).toEqual(NOW)
  await setAccountDisabled(admin, people.second.id, false, NOW)
  expect((await findWorkspaceAccess(people.second.id, slug))?.role).toBe('viewer')
  // What had ended stays so.
  expect(await findLiveSession(session)).toBeNull()
  expect(await openOneTimeLink(url.split('/').at(-1) ?? '', 'password_reset')).toBeNull()
  const entries = await postgres()
    .select({ action: auditLog.action, workspaceId: auditLog.workspaceId })
    .from(auditLog)
    .where(eq(auditLog.targetId, people.second.id))
    .orderBy(auditLog.id)
  expect(entries).toEqual([
    { action: 'session.started', workspaceId: null },
    { action: 'password_reset.created', workspaceId: null },
    { action: 'account.disabled', workspaceId: null },
    { action: 'account.enabled', workspaceId: null },
  ])
})

it('lets an organisation admin act as owner everywhere until that is taken away', async () => {
  const { slug, people } = await mintAccess()
  const second = people.stranger
  expect(await findWorkspaceAccess(second.id, slug)).toBeNull()
  await setOrganizationAdmin(people.organizationAdmin, second.id, true)
  expect(await findWorkspaceAccess(second.id, slug)).toMatchObject({ role: 'owner', isOrganizationAdmin: true })
  await setOrganizationAdmin(second, people.organizationAdmin.id, false)
  expect(await findWorkspaceAccess(people.organizationAdmin.id, slug)).toBeNull()
})
