import { eq } from 'drizzle-orm'
import { expect, it } from 'vitest'
import { postgres } from '@/db/postgres/client'
import { workspaces } from '@/db/postgres/schema'
import { applyProvision } from '@/lib/auth/provision'
import { findWorkspaceAccess } from '@/lib/auth/workspace-access'
import { ingestEvents } from '@/lib/events/ingest'
import { mintAccess } from '@/lib/members/access-fixture'
import { parseQuery } from '@/lib/metrics/query-schema'
import { runQuery } from '@/lib/metrics/run'
import { scopeForWorkspace } from '@/lib/metrics/scope'
import { resolveRange } from '@/lib/metrics/url-state'
import { appointOwners } from '@/lib/workspaces/appoint-owners'
import { readPortfolio } from '@/lib/workspaces/portfolio'

const NOW = new Date('2026-10-20T12:00:00Z')

async function ingest(workspaceId: number, events: readonly object[]): Promise<void> {
  const [workspace] = await postgres().select().from(workspaces).where(eq(workspaces.id, workspaceId))
  if (!workspace) throw new Error('no workspace')
  const result = await ingestEvents({
    workspace,
    apiKeyId: 0,
    defaults: { environment: null, dataMode: null },
    events: events.map((event, index) => ({
      externalRequestId: `r${index}`,
      attempt: 1,
      provider: 'openai',
      model: 'gpt-4o',
      outputTokens: 0,
      environment: 'prod',
      dataMode: 'real',
      ...event,
    })),
    receivedAt: NOW,
    mode: 'http',
    bytes: 100,
  })
  expect(result.rejected).toEqual([])
}

it('says of each workspace what its own overview says, and adds up', async () => {
  const { slug, workspaceId, people } = await mintAccess()
  const other = await mintAccess()
  const zoned = await mintAccess()
  const stranger = await mintAccess()
  await applyProvision({
    workspaces: [
      { slug: other.slug, name: 'Other', defaultEnvironments: ['staging'] },
      { slug: zoned.slug, name: 'Zoned', timeZone: 'Pacific/Auckland' },
    ],
    users: [{ email: people.viewer.email, name: 'viewer', roles: { [other.slug]: 'viewer', [zoned.slug]: 'viewer' } }],
  })
  // gpt-4o costs 2.50 USD per million input tokens.
  await ingest(workspaceId, [
    { timestamp: '2026-10-19T10:00:00Z', inputTokens: 1_000_000 },
    { timestamp: '2026-10-12T10:00:00Z', inputTokens: 2_000_000 },
    { timestamp: '2026-10-19T11:00:00Z', inputTokens: 500, model: 'mystery-9000' },
    { timestamp: '2026-10-19T11:00:00Z', inputTokens: 4_000_000, environment: 'dev' },
  ])
  await ingest(other.workspaceId, [
    { timestamp: '2026-10-19T10:00:00Z', inputTokens: 3_000_000, environment: 'staging' },
    { timestamp: '2026-10-19T10:00:00Z', inputTokens: 9_000_000 },
  ])
  // The last seven days begin on 15 October in Auckland: at 11:00 of the 14th in UTC.
  await ingest(zoned.workspaceId, [
    { timestamp: '2026-10-14T12:00:00Z', inputTokens: 4_000_000 },
    { timestamp: '2026-10-14T10:00:00Z', inputTokens: 1_000_000 },
  ])
  await ingest(stranger.workspaceId, [{ timestamp: '2026-10-19T10:00:00Z', inputTokens: 9_000_000 }])
  await appointOwners(people.owner, slug, { budgetOwnerId: people.editor.id, backupOwnerId: people.admin.id })

  const { rows, totals } = await readPortfolio(people.viewer.id, '7d', NOW)
  expect(rows.map(({ slug: name, spend, previousSpend }) => [name, spend, previousSpend])).toEqual([
    [zoned.slug, '10', '0'],
    [other.slug, '7.5', '0'],
    [slug, '2.5', '5'],
  ])
  const own = rows.find((row) => row.slug === slug)
  expect(own).toMatchObject({
    attempts: '2',
    unknownModelRatio: '0.5',
    shareOfSpend: '0.125',
    budgetOwner: { name: 'editor' },
    backupOwner: { name: 'admin' },
  })
  expect(totals).toEqual({
    spend: '20',
    previousSpend: '5',
    attempts: '4',
    unknownModelRatio: '0.25',
    unpricedTokens: '500',
    unownedSpend: '17.5',
    unownedRatio: '0.875',
    unownedWorkspaces: 2,
  })

  for (const row of rows) {
    const access = await findWorkspaceAccess(people.viewer.id, row.slug)
    if (!access) throw new Error('no access')
    const { from, to } = resolveRange('7d', NOW, access.workspace)
    const question = parseQuery({ measures: ['spend'], from: from.toISOString(), to: to.toISOString() })
    const answer = await runQuery(question, await scopeForWorkspace(access.workspace), NOW)
    expect(answer.totals.spend).toBe(row.spend)
  }
})

it('has a row for every workspace, also without a single event', async () => {
  const { slug, people } = await mintAccess()
  const { rows, totals } = await readPortfolio(people.viewer.id, '30d', NOW)
  expect(rows).toMatchObject([{ slug, spend: '0', previousSpend: null, unknownModelRatio: null, shareOfSpend: null }])
  expect(totals).toMatchObject({ spend: '0', unknownModelRatio: null, unownedRatio: null, unownedWorkspaces: 1 })
})
