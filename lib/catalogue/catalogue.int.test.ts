import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { addAlias, findAliasOf, readAliases, revokeAlias } from '@/lib/catalogue/manage-aliases'
import { previewAlias } from '@/lib/catalogue/preview-alias'
import { readCatalogue } from '@/lib/catalogue/read-catalogue'
import { ingestEvents } from '@/lib/events/ingest'
import { type AccessFixture, mintAccess, newestAudit } from '@/lib/members/access-fixture'
import type { Scope } from '@/lib/metrics/plan'
import { assumeAlias } from '@/lib/pricing/change-aliases'
import { applyPriceList } from '@/lib/pricing/change-prices'
import { loadListPriceBook } from '@/lib/pricing/price-book'
import { settlePriceChanges } from '@/lib/pricing/settle-fixture'

const NOW = new Date('2026-10-20T12:00:00Z')
const QUESTION = {
  measures: ['attempts' as const],
  dimensions: [],
  from: '2026-10-01T00:00:00Z',
  to: '2026-10-21T00:00:00Z',
}
const unknown = `gpt-4o-quasar-${randomUUID().slice(0, 6)}x`

let access: AccessFixture
let scope: Scope

beforeAll(async () => {
  await applyPriceList(loadListPriceBook(), { kind: 'system', name: 'the tests' })
  access = await mintAccess()
  scope = {
    workspaces: [
      {
        id: access.workspaceId,
        slug: access.slug,
        timeZone: 'UTC',
        currency: 'USD',
        fiscalYearStartMonth: 1,
        defaultEnvironments: ['prod'],
        defaultDataModes: ['real'],
        costPreference: 'reported',
        apiKeys: [],
      },
    ],
  }
  const event = (day: number, model: string, changes: object = {}) => ({
    externalRequestId: randomUUID(),
    provider: 'openai',
    model,
    timestamp: `2026-10-${String(day).padStart(2, '0')}T08:00:00Z`,
    endpointTag: '/chat',
    userId: `u${day}`,
    inputTokens: 400_000,
    outputTokens: 0,
    ...changes,
  })
  const events = [
    event(2, 'gpt-4o'),
    event(5, 'gpt-4o-2024-08-06'),
    event(9, unknown),
    event(11, unknown, { endpointTag: '/search', inputTokens: 800_000 }),
    event(3, unknown, { environment: 'dev' }),
    event(12, 'zzz-q', { inputTokens: 10 }),
  ]
  const result = await ingestEvents({
    workspace: { id: access.workspaceId },
    apiKeyId: 0,
    defaults: { environment: 'prod', dataMode: 'real' },
    events,
    receivedAt: NOW,
    mode: 'import',
  })
  expect(result.accepted).toBe(events.length)
})

afterAll(settlePriceChanges)

describe('the catalogue', () => {
  it('names every model with the names that were sent, when they were seen, and its price', async () => {
    const { models } = await readCatalogue(QUESTION, scope, NOW)
    expect(models.map(({ model }) => model)).toEqual(['gpt-4o', unknown, 'zzz-q'])
    expect(models[0]).toMatchObject({
      provider: 'openai',
      names: [
        { rawProvider: 'openai', rawModel: 'gpt-4o' },
        { rawProvider: 'openai', rawModel: 'gpt-4o-2024-08-06' },
      ],
      firstSeenIso: '2026-10-02T08:00:00.000Z',
      lastSeenIso: '2026-10-05T08:00:00.000Z',
      attempts: '2',
      totalTokens: '800000',
      spend: '2',
      price: { input: '0.0000025', output: '0.00001' },
    })
    // Seen in another environment first; its usage there is not in this scope.
    expect(models[1]).toMatchObject({
      firstSeenIso: '2026-10-03T08:00:00.000Z',
      attempts: '2',
      spend: null,
      unpricedTokens: '1200000',
      price: null,
    })
  })

  it('lines up what has no price by the tokens at stake', async () => {
    const { unknown: queue } = await readCatalogue(QUESTION, scope, NOW)
    expect(queue.map(({ rawModel }) => rawModel)).toEqual([unknown, 'zzz-q'])
    const [first, last] = queue
    expect(first).toMatchObject({
      rawProvider: 'openai',
      firstSeenIso: '2026-10-03T08:00:00.000Z',
      endpoints: ['/search', '/chat'],
      users: '2',
      // At the price of the only model with one that is used here: 1.2M × $2.5.
      imputed: { low: '3', high: '3' },
    })
    expect(first?.candidates[0]).toMatchObject({ provider: 'openai', model: 'gpt-4o' })
    expect(last).toMatchObject({ endpoints: ['/chat'], users: '1', candidates: [] })
  })
})

describe('the preview of an alias', () => {
  it('says what moves by how much, and moves nothing', async () => {
    const raw = { rawProvider: 'openai', rawModel: unknown }
    const assumed = await assumeAlias({ ...raw, workspaceId: access.workspaceId, provider: 'openai', model: 'gpt-4o' })
    const preview = await previewAlias(raw, assumed, scope, NOW)
    expect(preview.attempts).toBe('3')
    expect(preview.ranges.map(({ label }) => label)).toEqual(['Last 30 days', 'All of history'])
    for (const { figures } of preview.ranges) {
      expect(figures.map(({ figure, before, after }) => [figure, before, after])).toEqual([
        ['spend', '2', '5'],
        ['unpricedTokens', '1200010', '10'],
        ['unknownModelRatio', '0.6', '0.2'],
        ['pricingCoverage', '0.4', '0.8'],
      ])
    }
    expect(preview.endpoints).toEqual([
      { name: '/chat', before: '2', after: '3' },
      { name: '/search', before: null, after: '2' },
    ])
    const { models } = await readCatalogue(QUESTION, scope, NOW)
    expect(models[0]?.spend).toBe('2')
  })
})

describe('the right to name', () => {
  const alias = { rawProvider: 'openai', rawModel: unknown, provider: 'openai', model: 'gpt-4o', everywhere: false }

  it('is an editor’s in the workspace, and an organisation admin’s everywhere', async () => {
    const { slug, people } = access
    const add = (person: keyof typeof people, everywhere = false) =>
      addAlias(people[person], slug, { ...alias, everywhere }, 'It is gpt-4o.')
    await expect(add('stranger')).rejects.toMatchObject({ code: 'not_found' })
    await expect(add('viewer')).rejects.toMatchObject({ code: 'forbidden' })
    await expect(add('editor', true)).rejects.toMatchObject({ code: 'forbidden' })
    const own = await add('editor')
    expect((await readCatalogue(QUESTION, scope, NOW)).models[0]).toMatchObject({ model: 'gpt-4o', spend: '5' })
    expect(await newestAudit(access.workspaceId)).toMatchObject([
      {
        action: 'model_alias.added',
        targetName: `openai/${unknown}`,
        after: { model: 'gpt-4o', reason: 'It is gpt-4o.' },
      },
    ])
    await expect(revokeAlias(people.viewer, slug, own, 'x')).rejects.toMatchObject({ code: 'forbidden' })
    await expect(revokeAlias(people.stranger, access.foreignSlug, own, 'x')).rejects.toMatchObject({
      code: 'not_found',
    })
    await revokeAlias(people.editor, slug, own, 'It is not.')
    expect((await readCatalogue(QUESTION, scope, NOW)).models[0]).toMatchObject({ model: 'gpt-4o', spend: '2' })
    const everywhere = await add('organizationAdmin', true)
    await expect(revokeAlias(people.owner, slug, everywhere, 'x')).rejects.toMatchObject({ code: 'forbidden' })
    await revokeAlias(people.organizationAdmin, slug, everywhere, 'It is not.')
    await expect(findAliasOf(access.workspaceId, everywhere)).rejects.toMatchObject({ code: 'not_found' })
    const listed = await readAliases(people.viewer, slug)
    expect(
      listed
        .filter(({ rawModel }) => rawModel === unknown)
        .map(({ id, workspaceId, revokedReason }) => [id, workspaceId, revokedReason]),
    ).toEqual([
      [everywhere, null, 'It is not.'],
      [own, access.workspaceId, 'It is not.'],
    ])
  })
})
