import { randomBytes } from 'node:crypto'
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { closePostgres, postgres } from '@/db/postgres/client'
import { budgetEvaluations, budgets } from '@/db/postgres/schema'
import { createApiKey } from '@/lib/api-keys/create-api-key'
import { revokeApiKey } from '@/lib/api-keys/revoke-api-key'
import { GUARD_DECISIONS } from '@/lib/guard/decide-guard'
import { noteGuardDecisions } from '@/lib/guard/note-decisions'
import { forgetSnapshot } from '@/lib/guard/read-snapshot'
import { releaseSwitch, setObserveOnly, throwSwitch } from '@/lib/guard/switches'
import { type AccessFixture, mintAccess, newestAudit, outcomeOf } from '@/lib/members/access-fixture'
import { GET } from './route'

const DAY_MS = 86_400_000
const answerSchema = z.object({
  decision: z.enum(GUARD_DECISIONS),
  unobserved: z.enum(GUARD_DECISIONS),
  reason: z.string(),
  budget: z.object({ id: z.number(), spend: z.string(), sharePercent: z.string().nullable() }).nullable(),
  switch: z.object({ id: z.number() }).nullable(),
  substitute: z.object({ model: z.string().nullable(), maxOutputTokens: z.number().nullable() }).nullable(),
})

let access: AccessFixture
let secret: string
let budgetId: number

async function ask(query: string, headers: Record<string, string> = {}): Promise<Response> {
  return GET(new Request(`http://localhost/v1/guard?${query}`, { headers: { 'x-api-key': secret, ...headers } }))
}

async function answer(query: string) {
  const response = await ask(query)
  expect(response.status).toBe(200)
  return answerSchema.parse(await response.json())
}

async function spend(amount: string, imputedHigh = '0'): Promise<void> {
  await postgres()
    .update(budgetEvaluations)
    .set({ spend: amount, imputedHigh })
    .where(eq(budgetEvaluations.budgetId, budgetId))
  forgetSnapshot(access.workspaceId)
}

beforeAll(async () => {
  access = await mintAccess()
  const key = { name: randomBytes(4).toString('hex'), scope: 'ingest', lifetimeDays: null } as const
  const made = await createApiKey(
    access.people.admin,
    access.slug,
    { ...key, fixedEnvironment: null, fixedDataMode: null },
    new Date(),
  )
  secret = made.secret
  const [row] = await postgres()
    .insert(budgets)
    .values({
      workspaceId: access.workspaceId,
      name: 'Chat',
      filters: [{ dimension: 'endpoint', operator: 'in', values: ['chat'] }],
      period: 'month',
      amount: '100',
      thresholds: [],
      guardMode: 'block',
      degradeAtPercent: 80,
      substituteModel: 'gpt-4o-mini',
      maxOutputTokens: 256,
    })
    .returning({ id: budgets.id })
  budgetId = row?.id ?? 0
  await postgres()
    .insert(budgetEvaluations)
    .values({
      budgetId,
      periodStart: new Date(Date.now() - DAY_MS),
      periodEnd: new Date(Date.now() + DAY_MS),
      dataState: 'ok',
      amount: '100',
      spend: '10',
      imputedLow: '0',
      imputedHigh: '0',
      dataVersion: '1',
      evaluatedAt: new Date(),
    })
})

afterAll(closePostgres)

describe('the guard', () => {
  it('allows, degrades and blocks as the budget goes, for what the budget is about', async () => {
    expect(await answer('endpointTag=chat')).toMatchObject({ decision: 'allow', budget: { spend: '10' } })
    await spend('75', '6')
    expect(await answer('endpointTag=chat')).toMatchObject({
      decision: 'degrade',
      substitute: { model: 'gpt-4o-mini', maxOutputTokens: 256 },
      reason: 'Budget Chat: $75.00 of $100.00 spent, and up to $6.00 more of usage without a price (81.00%).',
    })
    await spend('100')
    expect(await answer('endpointTag=chat')).toMatchObject({ decision: 'block', budget: { sharePercent: '100' } })
    expect(await answer('endpointTag=search')).toMatchObject({ decision: 'allow', budget: null })
    expect(await answer('')).toMatchObject({ decision: 'allow', budget: null })
  })

  it('notes each change of what it says because of a budget once', async () => {
    await spend('100')
    await Promise.all([noteGuardDecisions(new Date()), noteGuardDecisions(new Date())])
    await noteGuardDecisions(new Date())
    const noted = (await newestAudit(access.workspaceId, 20)).filter(
      ({ action }) => action === 'guard.decision_changed',
    )
    expect(noted).toHaveLength(1)
    expect(noted[0]).toMatchObject({
      targetName: 'Chat',
      before: { decision: 'allow' },
      after: { decision: 'block', spend: '100' },
    })
  })

  it('allows what it has not been able to evaluate, or whose policy has ended, and notes that too', async () => {
    await spend('100')
    await noteGuardDecisions(new Date())
    const evaluatedAt = (at: Date) =>
      postgres().update(budgetEvaluations).set({ evaluatedAt: at }).where(eq(budgetEvaluations.budgetId, budgetId))
    const newest = async () => {
      await Promise.all([noteGuardDecisions(new Date()), noteGuardDecisions(new Date())])
      const noted = await newestAudit(access.workspaceId, 20)
      return noted.filter(({ action }) => action === 'guard.decision_changed')
    }
    const count = (await newest()).length
    await evaluatedAt(new Date(Date.now() - 11 * 60_000))
    forgetSnapshot(access.workspaceId)
    expect(await answer('endpointTag=chat')).toMatchObject({ decision: 'allow', budget: null })
    expect((await newest())[0]).toMatchObject({ before: { decision: 'block' }, after: { decision: 'allow' } })
    await evaluatedAt(new Date())
    expect((await newest())[0]).toMatchObject({ before: { decision: 'allow' }, after: { decision: 'block' } })
    await postgres().update(budgets).set({ guardMode: 'observe' }).where(eq(budgets.id, budgetId))
    expect((await newest())[0]).toMatchObject({ before: { decision: 'block' }, after: { decision: 'allow' } })
    await postgres().update(budgets).set({ guardMode: 'block' }).where(eq(budgets.id, budgetId))
    expect(await newest()).toHaveLength(count + 4)
    forgetSnapshot(access.workspaceId)
  })

  it('notes that a switch has expired, once', async () => {
    const { editor } = access.people
    const thrownAt = new Date(Date.now() - 2 * 3_600_000)
    const input = { target: 'model', value: 'gpt-4', reason: 'it loops', ownerId: editor.id, hours: 1 } as const
    const id = await throwSwitch(editor, access.slug, input, thrownAt)
    await Promise.all([noteGuardDecisions(new Date()), noteGuardDecisions(new Date())])
    const noted = (await newestAudit(access.workspaceId, 20)).filter(({ action }) => action === 'guard.switch_expired')
    expect(noted).toMatchObject([{ targetId: String(id), targetName: 'model gpt-4' }])
  })

  it('answers 304 until the answer changes', async () => {
    await spend('10')
    const first = await ask('endpointTag=chat')
    const etag = first.headers.get('etag') ?? ''
    expect(etag).toMatch(/^"[\w-]{22}"$/)
    const again = await ask('endpointTag=chat', { 'if-none-match': etag })
    expect([again.status, await again.text()]).toEqual([304, ''])
    await spend('100')
    expect((await ask('endpointTag=chat', { 'if-none-match': etag })).status).toBe(200)
  })

  it('blocks what is switched off, in any spelling, until the switch ends, and observes when told to', async () => {
    await spend('10')
    const { editor, viewer } = access.people
    const input = { target: 'model', value: 'gpt-4o', reason: 'it loops', ownerId: editor.id, hours: 1 } as const
    expect(await outcomeOf(() => throwSwitch(viewer, access.slug, input, new Date()))).toBe('forbidden')
    const id = await throwSwitch(editor, access.slug, input, new Date())
    expect(await answer('provider=OpenAI&model=gpt-4o-2024-08-06')).toMatchObject({ decision: 'block', switch: { id } })
    expect(await answer('provider=openai&model=gpt-4o-mini')).toMatchObject({ decision: 'allow', switch: null })
    await setObserveOnly(editor, access.slug, true)
    expect(await answer('provider=openai&model=gpt-4o')).toMatchObject({ decision: 'allow', unobserved: 'block' })
    await setObserveOnly(editor, access.slug, false)
    await releaseSwitch(editor, access.slug, id, new Date())
    expect(await answer('provider=openai&model=gpt-4o')).toMatchObject({ decision: 'allow', switch: null })
    expect(await outcomeOf(() => releaseSwitch(editor, access.slug, id, new Date()))).toBe('not_found')
    const actions = (await newestAudit(access.workspaceId, 4)).map(({ action }) => action)
    expect(actions).toEqual([
      'guard.switched_on',
      'guard.enforcement_changed',
      'guard.enforcement_changed',
      'guard.switched_off',
    ])
  })

  it('pushes a change to who listens', async () => {
    await spend('10')
    const controller = new AbortController()
    const response = await GET(
      new Request('http://localhost/v1/guard?endpointTag=chat', {
        headers: { 'x-api-key': secret, accept: 'text/event-stream' },
        signal: controller.signal,
      }),
    )
    expect(response.headers.get('content-type')).toBe('text/event-stream')
    const reader = (response.body ?? new ReadableStream<Uint8Array>()).getReader()
    const decoder = new TextDecoder()
    const decisions: string[] = []
    let text = ''
    while (decisions.length < 2) {
      const { value } = await reader.read()
      text += decoder.decode(value, { stream: true })
      const blocks = text.split('\n\n')
      text = blocks.pop() ?? ''
      for (const block of blocks) {
        const data = /^data: (.*)$/m.exec(block)?.[1]
        if (data) decisions.push(answerSchema.parse(JSON.parse(data)).decision)
      }
      if (decisions.length === 1) await spend('100')
    }
    controller.abort()
    expect(decisions).toEqual(['allow', 'block'])
  })

  it('says nothing more to a key that is revoked while it listens', async () => {
    const { people, slug } = await mintAccess()
    const values = {
      name: 'app',
      scope: 'read',
      lifetimeDays: null,
      fixedEnvironment: null,
      fixedDataMode: null,
    } as const
    const key = await createApiKey(people.admin, slug, values, new Date())
    const headers = { 'x-api-key': key.secret, accept: 'text/event-stream' }
    const response = await GET(new Request('http://localhost/v1/guard?endpointTag=chat', { headers }))
    const reader = (response.body ?? new ReadableStream<Uint8Array>()).getReader()
    expect((await reader.read()).done).toBe(false)
    await revokeApiKey(people.admin, slug, key.id)
    expect((await reader.read()).done).toBe(true)
    expect((await GET(new Request('http://localhost/v1/guard', { headers }))).status).toBe(401)
  })

  it('refuses no key, and names what it does not know', async () => {
    expect((await GET(new Request('http://localhost/v1/guard'))).status).toBe(401)
    expect((await ask('endpoint=chat')).status).toBe(400)
    expect((await ask('model=a&model=b')).status).toBe(400)
    expect((await ask('environment=moon')).status).toBe(400)
  })
})
