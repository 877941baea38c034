import { expect, it } from 'vitest'
import { ROLES } from '@/lib/auth/permissions'
import { ingestEvents } from '@/lib/events/ingest'
import { mintWorkspace, readTotals } from '@/lib/events/ingest-fixture'
import { listRequestedErasures, requestErasure } from '@/lib/ledger/request-erasure'

const actor = { kind: 'system', name: 'A test' } as const

async function mintRequest() {
  const { workspaceId } = await mintWorkspace()
  await ingestEvents({
    workspace: { id: workspaceId },
    apiKeyId: 0,
    defaults: { environment: 'prod', dataMode: 'real' },
    events: [{ externalRequestId: 'r-1', provider: 'openai', model: 'gpt-4o', userId: 'u-1' }],
    receivedAt: new Date(),
    mode: 'http',
  })
  return { id: workspaceId }
}

it('is for admins and owners; others change and see nothing', async () => {
  const workspace = await mintRequest()
  for (const role of ROLES.filter((each) => each === 'editor' || each === 'viewer')) {
    await expect(requestErasure({ role, workspace, actor }, { userId: 'u-1' })).rejects.toMatchObject({
      code: 'forbidden',
    })
    await expect(listRequestedErasures({ role, workspace })).rejects.toMatchObject({ code: 'forbidden' })
  }
  expect(await readTotals(workspace.id)).toMatchObject({ attempts: 1 })
  for (const [role, body] of [
    ['admin', { userId: 'u-1' }],
    ['owner', { externalRequestId: 'r-1' }],
  ] as const) {
    const report = await requestErasure({ role, workspace, actor }, body)
    expect(report.attempts).toBe(role === 'admin' ? 1 : 0)
  }
  expect(await readTotals(workspace.id)).toMatchObject({ attempts: 0 })
  const listed = await listRequestedErasures({ role: 'admin', workspace })
  expect(listed.map(({ kind, attempts, completedAt }) => [kind, attempts, completedAt])).toEqual([
    ['request', 0, null],
    ['user', 1, null],
  ])
  expect(JSON.stringify(listed)).not.toMatch(/u-1|r-1/)
})

it.each([
  null,
  {},
  { userId: '' },
  { userId: 'x'.repeat(201) },
  { userId: 'a', externalRequestId: 'b' },
  { userId: 7 },
])('refuses %j', async (body) => {
  const workspace = { id: 1 }
  await expect(requestErasure({ role: 'owner', workspace, actor }, body)).rejects.toMatchObject({
    code: 'invalid_body',
  })
})
