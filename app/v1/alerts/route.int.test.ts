import { describe, expect, it } from 'vitest'
import { POST } from '@/app/v1/alerts/[id]/acknowledge/route'
import { GET } from '@/app/v1/alerts/route'
import { postgres } from '@/db/postgres/client'
import { apiKeys } from '@/db/postgres/schema'
import { draftOf } from '@/lib/alerts/alert-fixture'
import { raiseAlert } from '@/lib/alerts/raise-alert'
import { hashApiKey } from '@/lib/auth/api-key'
import { mintAccess, newestAudit } from '@/lib/members/access-fixture'

const NOW = new Date('2026-11-02T12:00:00Z')

describe('API', () => {
  const mintKey = async (workspaceId: number, scopes: string[]) => {
    const secret = `fk_${crypto.randomUUID().replaceAll('-', '')}`
    const prefix = secret.slice(0, 8)
    await postgres()
      .insert(apiKeys)
      .values({ workspaceId, name: `pager ${scopes.join()}`, prefix, secretHash: hashApiKey(secret), scopes })
    return { 'x-api-key': secret }
  }
  const acknowledge = (headers: Record<string, string>, id: number | string) =>
    POST(new Request('http://localhost/v1/alerts', { method: 'POST', headers }), {
      params: Promise.resolve({ id: String(id) }),
    })

  it('lists and acknowledges alerts of the key’s workspace alone, and the audit log names the key', async () => {
    const [access, other] = [await mintAccess(), await mintAccess()]
    const { id } = await raiseAlert(draftOf(access.workspaceId), NOW)
    const read = await mintKey(access.workspaceId, ['read'])
    const listed = await GET(new Request('http://localhost/v1/alerts', { headers: read }))
    expect(await listed.json()).toMatchObject({
      alerts: [{ id, state: 'firing', value: '812.4', viewPath: '/w/shop/endpoints?range=month' }],
      nextBefore: null,
    })
    expect((await acknowledge(await mintKey(other.workspaceId, ['read']), id)).status).toBe(404)
    expect((await acknowledge(await mintKey(access.workspaceId, ['ingest']), id)).status).toBe(403)
    expect((await acknowledge(read, '1;DROP')).status).toBe(404)
    expect((await acknowledge({}, id)).status).toBe(401)
    expect(await (await acknowledge(read, id)).json()).toEqual({ state: 'acknowledged', hasChanged: true })
    expect(await (await acknowledge(read, id)).json()).toEqual({ state: 'acknowledged', hasChanged: false })
    const [entry] = await newestAudit(access.workspaceId)
    expect(entry).toMatchObject({ actorKind: 'key', actorName: 'pager read', action: 'alert.acknowledged' })
  })
})
