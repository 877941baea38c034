import { eq } from 'drizzle-orm'
import { afterAll, expect, test } from 'vitest'
import { closePostgres, withPostgres } from '@/db/postgres/client'
import { findWorkspace } from '@/db/postgres/queries/workspaces'
import { apiKeys } from '@/db/postgres/schema'
import { authenticateApiKey } from '@/lib/auth/api-key'
import { mintKey, mintWorkspace } from '@/lib/events/ingest-fixture'
import { scopeForKey, scopeForWorkspace } from '@/lib/metrics/scope'

afterAll(closePostgres)

const headers = (secret: string) => new Headers({ 'x-api-key': secret })

test('a key that fixes its environment asks there; the rest is the workspace’s', async () => {
  const { secret } = await mintWorkspace({ scopes: ['read'], fixedEnvironment: 'staging' })
  const scope = await scopeForKey(await authenticateApiKey(headers(secret), 'read'))
  expect(scope.defaults).toEqual({ environments: ['staging'], dataModes: ['real'] })
})

test('a key that fixes nothing asks by the workspace’s defaults', async () => {
  const { secret } = await mintWorkspace({ scopes: ['read'] })
  const scope = await scopeForKey(await authenticateApiKey(headers(secret), 'read'))
  expect(scope.defaults).toEqual({ environments: ['prod'], dataModes: ['real'] })
})

test('knows revoked keys by name, and those of no other workspace', async () => {
  const first = await mintWorkspace()
  const second = await mintKey(first.workspaceId)
  await mintWorkspace()
  await withPostgres((db) => db.update(apiKeys).set({ revokedAt: new Date() }).where(eq(apiKeys.id, second.keyId)))
  const workspace = await findWorkspace(first.workspaceId)
  if (!workspace) throw new Error('no workspace')
  const scope = await scopeForWorkspace(workspace)
  expect(scope.workspaces[0].apiKeys.map((key) => key.id)).toEqual([first.keyId, second.keyId])
})
