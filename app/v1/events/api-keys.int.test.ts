import { eq } from 'drizzle-orm'
import { describe, expect, it, vi } from 'vitest'
import * as events from '@/app/v1/events/route'
import { postgres } from '@/db/postgres/client'
import { apiKeys } from '@/db/postgres/schema'
import { createApiKey } from '@/lib/api-keys/create-api-key'
import { findKeyActivity } from '@/lib/api-keys/find-key-activity'
import { listApiKeys } from '@/lib/api-keys/list-api-keys'
import type { NewKey } from '@/lib/api-keys/new-key'
import { revokeApiKey } from '@/lib/api-keys/revoke-api-key'
import { authenticateApiKey } from '@/lib/auth/api-key'
import { mintAccess, newestAudit, outcomeOf } from '@/lib/members/access-fixture'
import { archiveWorkspace, restoreWorkspace } from '@/lib/workspaces/archive-workspace'

const DAY_MS = 86_400_000

const key = (change: Partial<NewKey> = {}): NewKey => ({
  name: 'app',
  scope: 'ingest',
  lifetimeDays: null,
  fixedEnvironment: null,
  fixedDataMode: null,
  ...change,
})

const use = (secret: string, scope: 'ingest' | 'read' = 'ingest') =>
  outcomeOf(() => authenticateApiKey(new Headers({ 'x-api-key': secret }), scope))

const event = { externalRequestId: 'r1', attempt: 1, provider: 'openai', model: 'gpt-4o', inputTokens: 1000 }

const post = (secret: string) =>
  events.POST(
    new Request('http://localhost/v1/events', {
      method: 'POST',
      headers: { 'x-api-key': secret, 'content-type': 'application/json' },
      body: JSON.stringify({ ...event, outputTokens: 100 }),
    }),
  )

describe('a key', () => {
  it('is shown once, stored as a hash, and noted without either', async () => {
    const { slug, workspaceId, people } = await mintAccess()
    const made = await createApiKey(people.admin, slug, key({ scope: 'both', fixedEnvironment: 'prod' }), new Date())
    expect(made.secret).toMatch(/^fk_[0-9a-f]{48}$/)
    const [stored] = await postgres().select().from(apiKeys).where(eq(apiKeys.id, made.id))
    expect(JSON.stringify(stored)).not.toContain(made.secret.slice(9))
    const [entry] = await newestAudit(workspaceId)
    expect(entry).toMatchObject({ action: 'key.created', targetName: 'app' })
    expect(JSON.stringify(entry)).not.toContain(made.secret.slice(9))
    expect(JSON.stringify(entry)).not.toContain(stored?.secretHash)
    expect(await listApiKeys(people.admin, slug, new Date())).toMatchObject([
      { name: 'app', state: 'active', scopes: ['ingest', 'read'], createdBy: 'admin', lastUsedAt: null },
    ])
  })

  it('does what its scope says and no more', async () => {
    const { slug, people } = await mintAccess()
    const ingest = await createApiKey(people.admin, slug, key({ name: 'i' }), new Date())
    const read = await createApiKey(people.admin, slug, key({ name: 'r', scope: 'read' }), new Date())
    expect([await use(ingest.secret, 'ingest'), await use(ingest.secret, 'read')]).toEqual(['ok', 'forbidden'])
    expect([await use(read.secret, 'ingest'), await use(read.secret, 'read')]).toEqual(['forbidden', 'ok'])
  })

  it('has a name of its own, also among revoked ones', async () => {
    const { slug, people } = await mintAccess()
    const { id } = await createApiKey(people.admin, slug, key(), new Date())
    await revokeApiKey(people.admin, slug, id)
    expect(await outcomeOf(() => createApiKey(people.admin, slug, key(), new Date()))).toBe('conflict')
  })

  it('ends when revoked, at once where it was revoked', async () => {
    const { slug, workspaceId, people } = await mintAccess()
    const { id, secret } = await createApiKey(people.admin, slug, key(), new Date())
    expect(await use(secret)).toBe('ok')
    await revokeApiKey(people.admin, slug, id)
    expect(await use(secret)).toBe('unauthenticated')
    expect(await outcomeOf(() => revokeApiKey(people.admin, slug, id))).toBe('not_found')
    expect((await newestAudit(workspaceId))[0]?.action).toBe('key.revoked')
  })

  it('ends when it expires, also while it is remembered', async () => {
    const { slug, people } = await mintAccess()
    const made = new Date(Date.now() - 30 * DAY_MS + 60_000)
    const { secret } = await createApiKey(people.admin, slug, key({ lifetimeDays: 30 }), made)
    expect(await use(secret)).toBe('ok')
    vi.useFakeTimers({ now: made.getTime() + 30 * DAY_MS, toFake: ['Date'] })
    try {
      expect(await use(secret)).toBe('unauthenticated')
    } finally {
      vi.useRealTimers()
    }
    const states = await listApiKeys(people.admin, slug, new Date(made.getTime() + 30 * DAY_MS))
    expect(states[0]?.state).toBe('expired')
  })

  it('takes no events while its workspace is archived', async () => {
    const { slug, people } = await mintAccess()
    const { secret } = await createApiKey(people.admin, slug, key({ scope: 'both' }), new Date())
    expect(await use(secret)).toBe('ok')
    await archiveWorkspace(people.owner, slug, new Date())
    expect([await use(secret), await use(secret, 'read')]).toEqual(['forbidden', 'ok'])
    expect((await post(secret)).status).toBe(403)
    await restoreWorkspace(people.owner, slug)
    expect(await use(secret)).toBe('ok')
  })

  it('notes its last use once a minute, and the first event that came with it', async () => {
    const { slug, people } = await mintAccess()
    const fixed = { fixedEnvironment: 'prod', fixedDataMode: 'test' } as const
    const { id, secret } = await createApiKey(people.admin, slug, key(fixed), new Date())
    const activity = () => findKeyActivity(people.admin, slug, id, new Date())
    expect(await activity()).toEqual({ state: 'waiting' })
    expect(await use(secret)).toBe('ok')
    await vi.waitFor(async () => expect(await activity()).toEqual({ state: 'called' }), 5_000)
    const [before] = await listApiKeys(people.admin, slug, new Date())
    expect((await post(secret)).status).toBe(200)
    await vi.waitFor(
      async () =>
        expect(await activity()).toEqual({
          state: 'received',
          attempts: '1',
          spendUsd: '0.0035',
          kind: { provider: 'openai', model: 'gpt-4o', environment: 'prod', dataMode: 'test' },
          inDefaultScope: false,
        }),
      5_000,
    )
    const [after] = await listApiKeys(people.admin, slug, new Date())
    expect(after?.lastUsedAt).toEqual(before?.lastUsedAt)
  })
})
