import { expect, it } from 'vitest'
import { findWorkspace } from '@/db/postgres/queries/workspaces'
import { applyProvision } from '@/lib/auth/provision'
import { findWorkspaceAccess, listWorkspaces, listWorkspacesAndArchived } from '@/lib/auth/workspace-access'
import { mintAccess, newestAudit, outcomeOf } from '@/lib/members/access-fixture'
import { setAccountDisabled } from '@/lib/members/manage-account'
import { appointOwners } from '@/lib/workspaces/appoint-owners'
import { archiveWorkspace, restoreWorkspace } from '@/lib/workspaces/archive-workspace'
import { createWorkspace } from '@/lib/workspaces/create-workspace'
import { updateSettings } from '@/lib/workspaces/update-settings'

const NOW = new Date('2026-11-01T12:00:00Z')

it('creates a workspace whose maker owns it, once per address', async () => {
  const { slug, people } = await mintAccess()
  const input = { slug: `${slug}-new`, name: 'Search', timeZone: 'Asia/Kathmandu' }
  const { id } = await createWorkspace(people.organizationAdmin, input)
  expect(await findWorkspace(id)).toMatchObject({ ...input, currency: 'USD', defaultEnvironments: ['prod'] })
  expect(await newestAudit(id)).toMatchObject([{ action: 'workspace.created', targetName: 'Search' }])
  expect(await outcomeOf(() => createWorkspace(people.organizationAdmin, input))).toBe('conflict')
})

it('changes what is given, keeps the address, and notes only what differs', async () => {
  const { slug, workspaceId, people } = await mintAccess()
  const change = {
    name: 'Renamed',
    timeZone: 'UTC',
    fiscalYearStartMonth: 4,
    defaultEnvironments: ['prod' as const, 'staging' as const],
    retentionDays: 90,
  }
  expect(await updateSettings(people.admin, slug, change)).toBe(true)
  expect((await findWorkspaceAccess(people.admin.id, slug))?.workspace).toMatchObject({ ...change, slug })
  const [entry] = await newestAudit(workspaceId)
  expect(entry).toMatchObject({
    action: 'workspace.settings_changed',
    before: { fiscalYearStartMonth: 1, defaultEnvironments: ['prod'], retentionDays: null },
    after: { fiscalYearStartMonth: 4, defaultEnvironments: ['prod', 'staging'], retentionDays: 90 },
  })
  expect(entry?.after).not.toHaveProperty('timeZone')
  expect(await updateSettings(people.admin, slug, change)).toBe(false)
  expect(await outcomeOf(() => updateSettings(people.admin, slug, { currency: 'EUR' }))).toBe('invalid_body')
})

it('leaves archived workspaces out of lists until they are restored', async () => {
  const { slug, workspaceId, people } = await mintAccess()
  await archiveWorkspace(people.owner, slug, NOW)
  await archiveWorkspace(people.owner, slug, NOW)
  expect(await listWorkspaces(people.viewer.id)).toEqual([])
  expect(await listWorkspacesAndArchived(people.viewer.id)).toHaveLength(1)
  expect((await findWorkspaceAccess(people.viewer.id, slug))?.workspace.archivedAt).toEqual(NOW)
  await restoreWorkspace(people.owner, slug)
  expect(await listWorkspaces(people.viewer.id)).toHaveLength(1)
  expect((await newestAudit(workspaceId, 9)).map(({ action }) => action)).toEqual([
    'workspace.restored',
    'workspace.archived',
  ])
})

it('appoints two different members with working accounts', async () => {
  const { slug, workspaceId, people } = await mintAccess()
  const appoint = (budgetOwnerId: string | null, backupOwnerId: string | null) =>
    outcomeOf(() => appointOwners(people.owner, slug, { budgetOwnerId, backupOwnerId }))
  expect(await appoint(people.editor.id, people.editor.id)).toBe('conflict')
  expect(await appoint(null, people.editor.id)).toBe('conflict')
  expect(await appoint(people.stranger.id, null)).toBe('not_found')
  expect(await appoint(people.organizationAdmin.id, null)).toBe('not_found')
  await setAccountDisabled(people.organizationAdmin, people.second.id, true, NOW)
  expect(await appoint(people.second.id, null)).toBe('conflict')
  expect(await appoint(people.editor.id, people.viewer.id)).toBe('ok')
  expect(await appoint(people.editor.id, null)).toBe('ok')
  expect(await newestAudit(workspaceId, 2)).toMatchObject([
    {
      action: 'workspace.owners_changed',
      before: { budgetOwner: people.editor.email, backupOwner: people.viewer.email },
      after: { budgetOwner: people.editor.email, backupOwner: null },
    },
    { before: { budgetOwner: null, backupOwner: null } },
  ])
})

it('takes owners and organisation admins from provisioning, and refuses strangers as owners', async () => {
  const { slug, people } = await mintAccess()
  await applyProvision({ workspaces: [{ slug, name: 'Team', budgetOwner: people.editor.email }] })
  expect((await findWorkspaceAccess(people.owner.id, slug))?.workspace.budgetOwnerId).toBe(people.editor.id)
  await applyProvision({ workspaces: [{ slug, name: 'Team' }] })
  expect((await findWorkspaceAccess(people.owner.id, slug))?.workspace.budgetOwnerId).toBe(people.editor.id)
  const stranger = applyProvision({ workspaces: [{ slug, name: 'Lost', budgetOwner: people.stranger.email }] })
  await expect(stranger).rejects.toThrow(`${people.stranger.email} is no member`)
  expect((await findWorkspaceAccess(people.owner.id, slug))?.workspace.name).toBe('Team')
})
