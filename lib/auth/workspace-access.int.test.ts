import { randomUUID } from 'node:crypto'
import { eq } from 'drizzle-orm'
import { beforeEach, expect, it } from 'vitest'
import { postgres } from '@/db/postgres/client'
import { findUserByEmail } from '@/db/postgres/queries/users'
import { memberships, users } from '@/db/postgres/schema'
import { applyProvision } from '@/lib/auth/provision'
import { findWorkspaceAccess, listWorkspaces } from '@/lib/auth/workspace-access'

let id = ''
let ada = ''
let bob = ''

async function idOf(email: string): Promise<string> {
  const user = await findUserByEmail(email)
  return user?.id ?? ''
}

beforeEach(async () => {
  id = randomUUID().slice(0, 8)
  await applyProvision({
    workspaces: [
      { slug: `b-${id}`, name: 'Beta', timeZone: 'Asia/Kolkata', defaultEnvironments: ['prod', 'staging'] },
      { slug: `a-${id}`, name: 'Alpha', isDemo: true, defaultDataModes: ['demo'] },
      { slug: `c-${id}`, name: 'Gamma' },
    ],
    users: [
      { email: `ada-${id}@example.com`, name: 'Ada', roles: { [`b-${id}`]: 'viewer', [`a-${id}`]: 'owner' } },
      { email: `bob-${id}@example.com`, name: 'Bob', roles: { [`c-${id}`]: 'admin' } },
    ],
  })
  ada = await idOf(`ada-${id}@example.com`)
  bob = await idOf(`bob-${id}@example.com`)
})

it('gives a member the role and the workspace with its settings', async () => {
  expect(await findWorkspaceAccess(ada, `b-${id}`)).toMatchObject({
    role: 'viewer',
    workspace: {
      slug: `b-${id}`,
      name: 'Beta',
      timeZone: 'Asia/Kolkata',
      defaultEnvironments: ['prod', 'staging'],
      defaultDataModes: ['real'],
      isDemo: false,
    },
  })
})

it('tells an unknown workspace and a foreign one apart for nobody', async () => {
  expect(await findWorkspaceAccess(ada, `c-${id}`)).toBeNull()
  expect(await findWorkspaceAccess(ada, 'no-such-place')).toBeNull()
  expect(await findWorkspaceAccess(ada, `' OR '1'='1`)).toBeNull()
  expect(await findWorkspaceAccess(ada, `b-${id}\u0000`)).toBeNull()
  expect(await findWorkspaceAccess(randomUUID(), `b-${id}`)).toBeNull()
})

it('lists what a person may see, by name, and nothing else', async () => {
  expect((await listWorkspaces(ada)).map(({ role, workspace }) => [workspace.name, role])).toEqual([
    ['Alpha', 'owner'],
    ['Beta', 'viewer'],
  ])
  expect((await listWorkspaces(bob)).map(({ workspace }) => workspace.name)).toEqual(['Gamma'])
})

it('takes access away at once with the membership and with the account', async () => {
  await postgres().delete(memberships).where(eq(memberships.userId, bob))
  expect(await findWorkspaceAccess(bob, `c-${id}`)).toBeNull()

  await postgres().update(users).set({ disabledAt: new Date() }).where(eq(users.id, ada))
  expect(await findWorkspaceAccess(ada, `b-${id}`)).toBeNull()
  expect(await listWorkspaces(ada)).toEqual([])
})
