import { describe, expect, it } from 'vitest'
import { createApiKey } from '@/lib/api-keys/create-api-key'
import { findKeyActivity } from '@/lib/api-keys/find-key-activity'
import { listApiKeys } from '@/lib/api-keys/list-api-keys'
import { revokeApiKey } from '@/lib/api-keys/revoke-api-key'
import { parseAuditSearch } from '@/lib/audit/audit-search'
import { exportAudit } from '@/lib/audit/export-audit'
import { listAudit } from '@/lib/audit/list-audit'
import type { Person } from '@/lib/auth/person'
import { ACTORS, type AccessFixture, mintAccess, outcomeOf } from '@/lib/members/access-fixture'
import { changeRole } from '@/lib/members/change-role'
import { inviteMember, listInvitations, revokeInvitation } from '@/lib/members/invite-member'
import { listMemberNames, listMembers } from '@/lib/members/list-members'
import { listAccounts, setAccountDisabled, setOrganizationAdmin } from '@/lib/members/manage-account'
import { removeMember } from '@/lib/members/remove-member'
import { resetAccountPassword, resetMemberPassword } from '@/lib/members/reset-password'
import { appointOwners } from '@/lib/workspaces/appoint-owners'
import { archiveWorkspace, restoreWorkspace } from '@/lib/workspaces/archive-workspace'
import { createWorkspace } from '@/lib/workspaces/create-workspace'
import { listWorkspaceFacts } from '@/lib/workspaces/list-workspace-facts'
import { updateSettings } from '@/lib/workspaces/update-settings'

const NOW = new Date('2026-11-01T12:00:00Z')
const ANY = parseAuditSearch({})

/** Outcomes in the order of ACTORS: stranger, viewer, editor, admin, owner, organisation admin. */
type Outcomes = readonly [string, string, string, string, string, string]
const ADMINS: Outcomes = ['not_found', 'forbidden', 'forbidden', 'ok', 'ok', 'ok']
const OWNERS: Outcomes = ['not_found', 'forbidden', 'forbidden', 'forbidden', 'ok', 'ok']
const MEMBERS: Outcomes = ['not_found', 'ok', 'ok', 'ok', 'ok', 'ok']
const ORGANIZATION: Outcomes = ['forbidden', 'forbidden', 'forbidden', 'forbidden', 'forbidden', 'ok']

type Act = (person: Person, access: AccessFixture) => Promise<unknown>

const newKey = (name: string) =>
  ({ name, scope: 'ingest', lifetimeDays: null, fixedEnvironment: null, fixedDataMode: null }) as const

const invited = async (access: AccessFixture) => {
  await inviteMember(access.people.owner, access.slug, { email: 'new@example.com', role: 'viewer' })
  const [invitation] = await listInvitations(access.people.owner, access.slug)
  return invitation?.id ?? 0
}

const TABLE: readonly (readonly [string, Outcomes, Act])[] = [
  ['listMembers', ADMINS, (person, { slug }) => listMembers(person, slug)],
  ['listMemberNames', MEMBERS, (person, { slug }) => listMemberNames(person, slug)],
  ['changeRole', ADMINS, (person, { slug, people }) => changeRole(person, slug, people.second.id, 'editor')],
  ['changeRole to owner', OWNERS, (person, { slug, people }) => changeRole(person, slug, people.second.id, 'owner')],
  ['removeMember', ADMINS, (person, { slug, people }) => removeMember(person, slug, people.second.id)],
  [
    'inviteMember',
    ADMINS,
    (person, { slug }) => inviteMember(person, slug, { email: 'x@example.com', role: 'viewer' }),
  ],
  [
    'inviteMember as owner',
    OWNERS,
    (person, { slug }) => inviteMember(person, slug, { email: 'x@example.com', role: 'owner' }),
  ],
  ['listInvitations', ADMINS, (person, { slug }) => listInvitations(person, slug)],
  ['revokeInvitation', ADMINS, async (person, access) => revokeInvitation(person, access.slug, await invited(access))],
  ['resetMemberPassword', OWNERS, (person, { slug, people }) => resetMemberPassword(person, slug, people.second.id)],
  ['updateSettings', ADMINS, (person, { slug }) => updateSettings(person, slug, { name: 'Renamed' })],
  ['archiveWorkspace', OWNERS, (person, { slug }) => archiveWorkspace(person, slug, NOW)],
  ['restoreWorkspace', OWNERS, (person, { slug }) => restoreWorkspace(person, slug)],
  [
    'appointOwners',
    OWNERS,
    (person, { slug, people }) =>
      appointOwners(person, slug, { budgetOwnerId: people.owner.id, backupOwnerId: people.admin.id }),
  ],
  ['createApiKey', ADMINS, (person, { slug }) => createApiKey(person, slug, newKey('app'), NOW)],
  ['listApiKeys', ADMINS, (person, { slug }) => listApiKeys(person, slug, NOW)],
  [
    'revokeApiKey',
    ADMINS,
    async (person, { slug, people }) =>
      revokeApiKey(person, slug, (await createApiKey(people.owner, slug, newKey('app'), NOW)).id),
  ],
  [
    'findKeyActivity',
    ADMINS,
    async (person, { slug, people }) =>
      findKeyActivity(person, slug, (await createApiKey(people.owner, slug, newKey('app'), NOW)).id, NOW),
  ],
  ['listAudit', ADMINS, (person, { slug }) => listAudit(person, slug, ANY)],
  ['exportAudit', ADMINS, (person, { slug }) => exportAudit(person, slug, ANY)],
  ['listAudit of the organisation', ORGANIZATION, (person) => listAudit(person, null, ANY)],
  ['exportAudit of the organisation', ORGANIZATION, (person) => exportAudit(person, null, ANY)],
  ['listAccounts', ORGANIZATION, (person) => listAccounts(person)],
  ['listWorkspaceFacts', ORGANIZATION, (person) => listWorkspaceFacts(person)],
  ['setAccountDisabled', ORGANIZATION, (person, { people }) => setAccountDisabled(person, people.second.id, true, NOW)],
  ['setOrganizationAdmin', ORGANIZATION, (person, { people }) => setOrganizationAdmin(person, people.second.id, true)],
  ['resetAccountPassword', ORGANIZATION, (person, { people }) => resetAccountPassword(person, people.second.id)],
  [
    'createWorkspace',
    ORGANIZATION,
    (person, { slug }) => createWorkspace(person, { slug: `${slug}-new`, name: 'New', timeZone: 'UTC' }),
  ],
]

describe('who may do what', () => {
  it.each(TABLE)('%s', async (_name, expected, act) => {
    const outcomes: string[] = []
    for (const actor of ACTORS) {
      const access = await mintAccess()
      outcomes.push(await outcomeOf(() => act(access.people[actor], access)))
    }
    expect(outcomes).toEqual([...expected])
  })

  it('an archived workspace changes in no way but by ending access and being restored', async () => {
    const access = await mintAccess()
    const { slug, people } = access
    const key = await createApiKey(people.owner, slug, newKey('app'), NOW)
    await archiveWorkspace(people.owner, slug, NOW)
    const changes: Record<string, () => Promise<unknown>> = {
      changeRole: () => changeRole(people.owner, slug, people.second.id, 'editor'),
      removeMember: () => removeMember(people.owner, slug, people.second.id),
      inviteMember: () => inviteMember(people.owner, slug, { email: 'x@example.com', role: 'viewer' }),
      updateSettings: () => updateSettings(people.owner, slug, { name: 'Renamed' }),
      appointOwners: () => appointOwners(people.owner, slug, { budgetOwnerId: people.owner.id, backupOwnerId: null }),
      createApiKey: () => createApiKey(people.owner, slug, newKey('other'), NOW),
      listMembers: () => listMembers(people.owner, slug),
      revokeApiKey: () => revokeApiKey(people.owner, slug, key.id),
      restoreWorkspace: () => restoreWorkspace(people.owner, slug),
      updateSettingsLater: () => updateSettings(people.owner, slug, { name: 'Renamed' }),
    }
    const outcomes: Record<string, string> = {}
    for (const [name, run] of Object.entries(changes)) outcomes[name] = await outcomeOf(run)
    expect(outcomes).toEqual({
      changeRole: 'conflict',
      removeMember: 'conflict',
      inviteMember: 'conflict',
      updateSettings: 'conflict',
      appointOwners: 'conflict',
      createApiKey: 'conflict',
      listMembers: 'ok',
      revokeApiKey: 'ok',
      restoreWorkspace: 'ok',
      updateSettingsLater: 'ok',
    })
  })

  it('ids of another workspace are unknown', async () => {
    const { slug, people } = await mintAccess()
    const other = await mintAccess()
    const key = await createApiKey(other.people.owner, other.slug, newKey('app'), NOW)
    const invitation = await invited(other)
    const acts: (() => Promise<unknown>)[] = [
      () => changeRole(people.owner, slug, other.people.second.id, 'editor'),
      () => removeMember(people.owner, slug, other.people.second.id),
      () => resetMemberPassword(people.owner, slug, other.people.second.id),
      () => appointOwners(people.owner, slug, { budgetOwnerId: other.people.owner.id, backupOwnerId: null }),
      () => revokeApiKey(people.owner, slug, key.id),
      () => findKeyActivity(people.owner, slug, key.id, NOW),
      () => revokeInvitation(people.owner, slug, invitation),
    ]
    for (const act of acts) expect(await outcomeOf(act)).toBe('not_found')
    expect((await listApiKeys(other.people.owner, other.slug, NOW))[0]?.state).toBe('active')
  })
})
