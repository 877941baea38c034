import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { findWorkspace } from '@/db/postgres/queries/workspaces'
import { ingestEvents } from '@/lib/events/ingest'
import { type AccessFixture, mintAccess } from '@/lib/members/access-fixture'
import { parseQuery } from '@/lib/metrics/query-schema'
import { runQuery } from '@/lib/metrics/run'
import { scopeForWorkspace } from '@/lib/metrics/scope'
import { applyPriceList } from '@/lib/pricing/change-prices'
import { listProviders } from '@/lib/pricing/genai-prices'
import { previewPriceList, readListFacts, uploadPriceList } from '@/lib/pricing/manage-price-list'
import { loadListPriceBook } from '@/lib/pricing/price-book'
import { settlePriceChanges } from '@/lib/pricing/settle-fixture'
import { syncPriceBook } from '@/lib/pricing/sync-price-book'

const NOW = new Date('2026-11-10T12:00:00Z')
const ACTOR = { kind: 'system' as const, name: 'the tests' }

let access: AccessFixture
const model = `listed-${randomUUID().slice(0, 8)}x`

beforeAll(async () => {
  await applyPriceList(loadListPriceBook(), ACTOR)
  access = await mintAccess()
  const result = await ingestEvents({
    workspace: { id: access.workspaceId },
    apiKeyId: 0,
    defaults: { environment: 'prod', dataMode: 'real' },
    events: [1, 2, 3].map((day) => ({
      externalRequestId: randomUUID(),
      ...{ provider: 'openai', model, timestamp: `2026-11-0${day}T00:00:00Z` },
      ...{ inputTokens: 1_000_003 * day, outputTokens: 7, status: 'success' },
    })),
    receivedAt: NOW,
    mode: 'import',
  })
  expect(result.accepted).toBe(3)
})

afterAll(async () => {
  await applyPriceList(loadListPriceBook(), ACTOR)
  await settlePriceChanges()
})

/** The package's list with one more model. */
function newerList(): unknown {
  const providers = listProviders().map((provider) =>
    provider.id === 'openai'
      ? {
          ...provider,
          models: [
            ...provider.models,
            { id: model, match: { equals: model }, prices: { input_mtok: 3, output_mtok: 9 } },
          ],
        }
      : provider,
  )
  return JSON.parse(JSON.stringify(providers))
}

async function spend(): Promise<unknown> {
  const workspace = await findWorkspace(access.workspaceId)
  if (!workspace) throw new Error('no workspace')
  const question = parseQuery({ measures: ['spend'], from: '2026-11-01T00:00:00Z', to: '2026-12-01T00:00:00Z' })
  return (await runQuery(question, await scopeForWorkspace(workspace), NOW)).totals.spend
}

it('an uploaded list is shown before it holds, prices history at once, and outlives a restart', async () => {
  const admin = access.people.organizationAdmin
  const shown = await previewPriceList(admin, newerList(), NOW)
  expect(shown.isInForce).toBe(false)
  expect(shown.difference).toMatchObject({ models: { added: 2, removed: 0, changed: 0 }, total: 2 })
  // Azure sells OpenAI's models at OpenAI's prices.
  expect(shown.difference.prices.map(({ provider, kind, after }) => [provider, kind, after.output])).toEqual([
    ['azure', 'added', '0.000009'],
    ['openai', 'added', '0.000009'],
  ])
  expect(shown.preview.models).toEqual([{ provider: 'openai', model, attempts: '3', before: null, after: '18.000243' }])
  expect(shown.preview.newlyPriced).toBe('3')
  expect(await spend()).toBeNull()

  expect(await uploadPriceList(admin, newerList(), shown.version, NOW)).toEqual({ changes: 2 })
  expect(await spend()).toBe('18.000243')
  expect(await readListFacts()).toMatchObject({ version: shown.version, loadedAt: NOW })
  expect(await previewPriceList(admin, newerList(), NOW)).toMatchObject({ isInForce: true })

  expect(await syncPriceBook(NOW)).toMatchObject({ version: shown.version, added: 0 })
  expect(await spend()).toBe('18.000243')
  await applyPriceList(loadListPriceBook(), ACTOR)
  expect(await spend()).toBeNull()
})

it('another list than the previewed one, and anybody but an organisation admin, is refused', async () => {
  const admin = access.people.organizationAdmin
  await expect(uploadPriceList(admin, newerList(), 'another', NOW)).rejects.toMatchObject({ code: 'conflict' })
  await expect(previewPriceList(admin, { providers: [] }, NOW)).rejects.toMatchObject({ code: 'invalid_body' })
  for (const person of [access.people.owner, access.people.stranger]) {
    await expect(previewPriceList(person, newerList(), NOW)).rejects.toMatchObject({ code: 'forbidden' })
    await expect(uploadPriceList(person, newerList(), 'any', NOW)).rejects.toMatchObject({ code: 'forbidden' })
  }
})
