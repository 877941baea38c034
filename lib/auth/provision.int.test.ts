import { randomBytes, randomUUID } from 'node:crypto'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { asc, eq } from 'drizzle-orm'
import { describe, expect, it } from 'vitest'
import { postgres } from '@/db/postgres/client'
import { apiKeys, memberships, users, workspaces } from '@/db/postgres/schema'
import { hashApiKey } from '@/lib/auth/api-key'
import { applyProvision, applyProvisionFile, ProvisionError } from '@/lib/auth/provision'
import type { ProvisionSpec } from '@/lib/auth/provision-schema'

const newSecret = () => `fk_${randomBytes(24).toString('hex')}`

function newSpec() {
  const id = randomUUID().slice(0, 8)
  return {
    slug: `acme-${id}`,
    email: `ada-${id}@example.com`,
    secret: newSecret(),
    build(change: { workspace?: object; key?: object; user?: object } = {}): ProvisionSpec {
      return {
        workspaces: [
          {
            slug: this.slug,
            name: 'Acme',
            ...change.workspace,
            keys: [{ name: 'ci', secret: this.secret, scopes: ['ingest', 'read'], ...change.key }],
          },
        ],
        users: [
          {
            email: this.email,
            name: 'Ada',
            password: 'correct horse',
            roles: { [this.slug]: 'owner' },
            ...change.user,
          },
        ],
      }
    },
  }
}

async function readAll(slug: string, email: string) {
  const db = postgres()
  const workspace = await db.select().from(workspaces).where(eq(workspaces.slug, slug))
  const id = workspace[0]?.id ?? 0
  return {
    workspace,
    keys: await db.select().from(apiKeys).where(eq(apiKeys.workspaceId, id)).orderBy(asc(apiKeys.id)),
    users: await db.select().from(users).where(eq(users.email, email)),
    memberships: await db.select().from(memberships).where(eq(memberships.workspaceId, id)),
  }
}

describe('applyProvision', () => {
  it('creates what is named, with the defaults for what is not', async () => {
    const spec = newSpec()
    expect(await applyProvision(spec.build())).toEqual({ workspaces: 1, keys: 1, users: 1 })
    const stored = await readAll(spec.slug, spec.email)
    expect(stored.workspace).toMatchObject([
      {
        name: 'Acme',
        timeZone: 'UTC',
        currency: 'USD',
        fiscalYearStartMonth: 1,
        defaultEnvironments: ['prod'],
        defaultDataModes: ['real'],
        isDemo: false,
      },
    ])
    expect(stored.keys).toMatchObject([
      {
        name: 'ci',
        prefix: spec.secret.slice(0, 10),
        secretHash: hashApiKey(spec.secret),
        scopes: ['ingest', 'read'],
        fixedEnvironment: null,
        fixedDataMode: null,
        revokedAt: null,
      },
    ])
    expect(stored.users[0]?.passwordHash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
    expect(stored.memberships).toMatchObject([{ role: 'owner' }])
    expect(JSON.stringify(stored)).not.toContain(spec.secret)
  })

  it('changes nothing when applied again, not even the hash of the password', async () => {
    const spec = newSpec()
    await applyProvision(spec.build())
    const before = await readAll(spec.slug, spec.email)
    await applyProvision(spec.build())
    await applyProvision(spec.build())
    expect(await readAll(spec.slug, spec.email)).toEqual(before)
  })

  it('burns no workspace ids when applied again', async () => {
    const first = newSpec()
    await applyProvision(first.build())
    for (let boot = 0; boot < 30; boot += 1) await applyProvision(first.build())
    const second = newSpec()
    await applyProvision(second.build())
    const idOf = async (spec: typeof first) => (await readAll(spec.slug, spec.email)).workspace[0]?.id ?? 0
    expect((await idOf(second)) - (await idOf(first))).toBeLessThan(30)
  })

  it('updates what is named and leaves alone what is not', async () => {
    const spec = newSpec()
    await applyProvision(
      spec.build({ workspace: { timeZone: 'Asia/Kathmandu', fiscalYearStartMonth: 4 }, key: { dataMode: 'test' } }),
    )
    await applyProvision({
      workspaces: [{ slug: spec.slug, name: 'Acme Ltd', currency: 'EUR' }],
      users: [{ email: spec.email, name: 'Ada L.', roles: { [spec.slug]: 'viewer' } }],
    })
    const stored = await readAll(spec.slug, spec.email)
    expect(stored.workspace).toMatchObject([
      { name: 'Acme Ltd', currency: 'EUR', timeZone: 'Asia/Kathmandu', fiscalYearStartMonth: 4 },
    ])
    expect(stored.keys).toMatchObject([{ name: 'ci', fixedDataMode: 'test', secretHash: hashApiKey(spec.secret) }])
    expect(stored.users).toMatchObject([{ name: 'Ada L.' }])
    expect(stored.users[0]?.passwordHash).toMatch(/^\$argon2id\$/)
    expect(stored.memberships).toMatchObject([{ role: 'viewer' }])
  })

  it('replaces a key’s secret, and brings a revoked key back only with a new one', async () => {
    const spec = newSpec()
    await applyProvision(spec.build())
    const revokedAt = new Date('2026-11-01T00:00:00Z')
    await postgres()
      .update(apiKeys)
      .set({ revokedAt })
      .where(eq(apiKeys.secretHash, hashApiKey(spec.secret)))
    await applyProvision(spec.build())
    expect((await readAll(spec.slug, spec.email)).keys).toMatchObject([{ revokedAt }])

    const secret = newSecret()
    await applyProvision(spec.build({ key: { secret } }))
    expect((await readAll(spec.slug, spec.email)).keys).toMatchObject([
      { secretHash: hashApiKey(secret), prefix: secret.slice(0, 10), revokedAt: null },
    ])
  })

  it('refuses the secret of another key, by path, and then stores nothing', async () => {
    const first = newSpec()
    await applyProvision(first.build())
    const second = newSpec()
    await expect(applyProvision(second.build({ key: { secret: first.secret } }))).rejects.toThrow(
      `workspaces.0.keys.0.secret: is already the secret of the key "ci" of the workspace ${first.slug}`,
    )
    expect((await readAll(second.slug, second.email)).workspace).toEqual([])
  })

  it('takes roles in workspaces of the file and of the store, and refuses others by path', async () => {
    const spec = newSpec()
    await applyProvision(spec.build())
    const email = `bob-${spec.email}`
    await applyProvision({ users: [{ email, name: 'Bob', roles: { [spec.slug]: 'editor' } }] })
    expect((await readAll(spec.slug, email)).memberships).toHaveLength(2)
    await expect(
      applyProvision({ users: [{ email, name: 'Bob', roles: { 'no-such-place': 'editor' } }] }),
    ).rejects.toThrow('users.0.roles.no-such-place: there is no workspace with this slug')
  })

  it('can be applied by several processes at once', async () => {
    const spec = newSpec()
    await Promise.all(Array.from({ length: 4 }, () => applyProvision(spec.build())))
    const stored = await readAll(spec.slug, spec.email)
    expect([stored.workspace.length, stored.keys.length, stored.users.length, stored.memberships.length]).toEqual([
      1, 1, 1, 1,
    ])
  })
})

describe('applyProvisionFile', () => {
  const writeSpec = async (text: string) => {
    const path = join(await mkdtemp(join(tmpdir(), 'farthing-provision-')), 'provision.json')
    await writeFile(path, text)
    return path
  }

  it('applies a file', async () => {
    const spec = newSpec()
    const path = await writeSpec(`\uFEFF${JSON.stringify(spec.build())}`)
    expect(await applyProvisionFile(path)).toEqual({ workspaces: 1, keys: 1, users: 1 })
    expect((await readAll(spec.slug, spec.email)).workspace).toHaveLength(1)
  })

  it.each([
    ['{ "workspaces": [', 'the file is not valid JSON'],
    ['{ "workspaces": [{ "slug": "a", "name": "A", "timeZone": "Mars" }] }', 'workspaces.0.timeZone: must be an IANA'],
  ])('says in one line what is wrong with %s', async (text, message) => {
    const path = await writeSpec(text)
    const failure = await applyProvisionFile(path).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(ProvisionError)
    expect(String(failure)).toContain(`FARTHING_PROVISION (${path}): ${message}`)
    expect(String(failure)).not.toContain('\n')
  })

  it('says that a missing file cannot be read', async () => {
    await expect(applyProvisionFile('/no/such/provision.json')).rejects.toThrow(
      'FARTHING_PROVISION (/no/such/provision.json): the file cannot be read',
    )
  })
})
