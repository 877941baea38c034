import { expect, it } from 'vitest'
import { POST } from '@/app/v1/export/route'
import { createApiKey } from '@/lib/api-keys/create-api-key'
import { mintAccess, newestAudit } from '@/lib/members/access-fixture'

it('notes who exported the answer to which question', async () => {
  const { people, slug, workspaceId } = await mintAccess()
  const key = { name: 'bi', scope: 'read', lifetimeDays: null, fixedEnvironment: null, fixedDataMode: null } as const
  const { secret } = await createApiKey(people.admin, slug, key, new Date())
  const body = {
    measures: ['spend'],
    dimensions: ['model'],
    from: '2026-10-01T00:00:00Z',
    to: '2026-11-01T00:00:00Z',
  }
  const response = await POST(
    new Request('http://localhost/v1/export', {
      method: 'POST',
      headers: { 'x-api-key': secret, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }),
  )
  expect(response.status).toBe(200)
  await response.text()
  expect(await newestAudit(workspaceId)).toMatchObject([
    {
      action: 'export.created',
      actorKind: 'key',
      actorName: 'bi',
      after: { grain: 'rows', measures: ['spend'], dimensions: ['model'], from: '2026-10-01T00:00:00.000Z' },
    },
  ])
})

it('refuses a question that cannot be noted, and says why', async () => {
  const { people, slug } = await mintAccess()
  const key = { name: 'bi', scope: 'read', lifetimeDays: null, fixedEnvironment: null, fixedDataMode: null } as const
  const { secret } = await createApiKey(people.admin, slug, key, new Date())
  const response = await POST(
    new Request('http://localhost/v1/export', {
      method: 'POST',
      headers: { 'x-api-key': secret, 'content-type': 'application/json' },
      body: JSON.stringify({
        measures: ['spend'],
        from: '2026-10-01T00:00:00Z',
        to: '2026-11-01T00:00:00Z',
        filters: [{ dimension: 'model', operator: 'in', values: ['a\u0000b'] }],
      }),
    }),
  )
  expect(response.status).toBe(400)
  expect(await response.json()).toEqual({ code: 'invalid_body', message: expect.stringContaining('NUL') })
})
