import { type APIRequestContext, expect, test } from '@playwright/test'
import { parse } from 'csv-parse/sync'
import { ConsolePage } from './pages/console-page'

/**
 * The guarantee: events posted over HTTP in one shape show the same numbers on Overview, Top Endpoints, Top Users,
 * Prompt Versions, Providers, Requests, in the query API and in the CSV, however often they are sent.
 *
 * Expected costs are list prices per 1M tokens: gpt-4o 2.50 / 10, gpt-4o-mini 0.15 / 0.60, claude-sonnet-4-5 3 / 15.
 */
const KEY = 'fk_e2e0000000000000000000000000shop'
const HOUR_MS = 3_600_000

function events(nowMs: number): object[] {
  const at = (minutes: number) => new Date(nowMs - HOUR_MS + minutes * 60_000).toISOString()
  const scope = { environment: 'prod', dataMode: 'real' }
  const chat = { ...scope, endpointTag: 'chat' }
  const search = { ...scope, endpointTag: 'search', promptVersion: 'search@v1' }
  const gpt4o = { provider: 'openai', model: 'gpt-4o-2024-08-06' }
  const mini = { provider: 'openai', model: 'gpt-4o-mini' }
  return [
    // 0.0035
    {
      ...chat,
      ...gpt4o,
      externalRequestId: 'r1',
      attempt: 1,
      promptVersion: 'chat@v1',
      userId: 'u_ada',
      inputTokens: 1000,
      outputTokens: 100,
      status: 'success',
      latencyMs: 900,
      timestamp: at(0),
    },
    // 0.005 lost to a timeout, then 0.0135 on another provider
    {
      ...chat,
      ...gpt4o,
      externalRequestId: 'r2',
      attempt: 1,
      promptVersion: 'chat@v2',
      userId: 'u_bob',
      inputTokens: 2000,
      outputTokens: 0,
      status: 'timeout',
      errorCode: '504',
      timestamp: at(1),
    },
    {
      ...chat,
      provider: 'anthropic',
      model: 'claude-sonnet-4-5-20250929',
      externalRequestId: 'r2',
      attempt: 2,
      promptVersion: 'chat@v2',
      userId: 'u_bob',
      inputTokens: 2000,
      outputTokens: 500,
      status: 'success',
      timestamp: at(2),
    },
    // 0.00015 lost to a rate limit, then 0.00027 on the same model
    {
      ...search,
      ...mini,
      externalRequestId: 'r3',
      attempt: 1,
      userId: 'u_ada',
      inputTokens: 1000,
      outputTokens: 0,
      status: 'rate_limited',
      errorCode: '429',
      timestamp: at(3),
    },
    {
      ...search,
      ...mini,
      externalRequestId: 'r3',
      attempt: 2,
      userId: 'u_ada',
      inputTokens: 1000,
      outputTokens: 200,
      status: 'success',
      timestamp: at(4),
    },
    // no price
    {
      ...search,
      provider: 'openai',
      model: 'mystery-9000',
      externalRequestId: 'r4',
      attempt: 1,
      userId: 'u_bob',
      inputTokens: 400,
      outputTokens: 100,
      status: 'success',
      timestamp: at(5),
    },
  ]
}

async function post(request: APIRequestContext, body: object): Promise<unknown> {
  const response = await request.post('/v1/events', { headers: { authorization: `Bearer ${KEY}` }, data: body })
  expect(response.status()).toBe(200)
  return response.json()
}

test.describe.configure({ mode: 'default' })

test.describe('the whole way', () => {
  test.beforeAll(async ({ request }) => {
    const batch = events(Date.now())
    expect(await post(request, batch)).toMatchObject({ rejected: [] })
    expect(await post(request, batch)).toEqual({ accepted: 0, duplicates: 6, rejected: [] })
  })

  test('Overview shows the totals', async ({ page }) => {
    const overview = new ConsolePage(page, 'e2e-shop')
    await overview.open('overview')
    await expect(overview.headline('Spend')).toHaveText('$0.0224')
    await expect(overview.headline('Requests')).toHaveText('4')
    await expect(overview.headline('Cost per request')).toHaveText('$0.00561')
    await expect(overview.headline('Fallback ratio')).toHaveText('25.00%')
    await expect(overview.headline('Retry ratio')).toHaveText('16.67%')
    await expect(overview.headline('Unknown-model ratio')).toHaveText('16.67%')
    await expect(page.getByText('1 attempt (500 tokens) has no price and is not in the spend.')).toBeVisible()
    const moved = await overview.cells('What moved', 'chat')
    expect(moved.slice(0, 2)).toEqual(['$0.022', 'new'])
  })

  test('Top Endpoints, Top Users and Prompt Versions show the same spend', async ({ page }) => {
    const view = new ConsolePage(page, 'e2e-shop')
    await view.open('endpoints')
    expect((await view.cells('Endpoints', 'chat'))[0]).toBe('$0.022')
    expect((await view.cells('Endpoints', 'search'))[0]).toBe('$0.00042')
    expect((await view.cells('Endpoints', 'Total'))[0]).toBe('$0.0224')
    await view.open('users')
    expect((await view.cells('Users', 'u_ada'))[0]).toBe('$0.00392')
    expect((await view.cells('Users', 'u_bob'))[0]).toBe('$0.0185')
    expect((await view.cells('Users', 'Total'))[0]).toBe('$0.0224')
    await view.open('prompts')
    const prompts = page.getByRole('region', { name: 'Prompt versions', exact: true })
    await expect(prompts.getByRole('row').filter({ hasText: 'chat@v2' })).toContainText('$0.0185')
    await expect(prompts.getByRole('row').filter({ hasText: 'chat@v1' })).toContainText('$0.0035')
    await expect(prompts.getByRole('row').filter({ hasText: 'search@v1' })).toContainText('$0.00042')
    await view.open('providers')
    expect((await view.cells('Providers', 'anthropic'))[0]).toBe('$0.0135')
    expect((await view.cells('Providers', 'openai'))[0]).toBe('$0.00892')
  })

  test('a row leads to the view that it is made of', async ({ page }) => {
    const view = new ConsolePage(page, 'e2e-shop')
    await view.open('endpoints')
    await page
      .getByRole('region', { name: 'Endpoints', exact: true })
      .getByRole('link', { name: 'chat' })
      .first()
      .click()
    await page.waitForURL('**/overview?f=endpoint*')
    await expect(view.headline('Spend')).toHaveText('$0.022')
    await expect(view.headline('Requests')).toHaveText('2')
  })

  test('the CSV holds the same numbers, unrounded', async ({ page }) => {
    const view = new ConsolePage(page, 'e2e-shop')
    await view.open('endpoints')
    const file = await view.download(page.getByRole('link', { name: 'Endpoints as CSV' }))
    const rows: Record<string, string>[] = parse(file.text, { columns: true, bom: true })
    const spend = rows.map((row) => [row.endpoint, row.spend, row.requests])
    expect(spend).toEqual([
      ['chat', '0.022', '2'],
      ['search', '0.00042', '2'],
    ])
    await view.open('requests')
    const attempts = await view.download(page.getByRole('link', { name: 'Attempts as CSV' }))
    const raw: Record<string, string>[] = parse(attempts.text, { columns: true, bom: true })
    expect(raw.map((row) => [row.externalRequestId, row.costUsd])).toEqual([
      ['r1', '0.0035'],
      ['r2', '0.005'],
      ['r2', '0.0135'],
      ['r3', '0.00015'],
      ['r3', '0.00027'],
      ['r4', ''],
    ])
  })

  test('the query API answers the same', async ({ request }) => {
    const now = Date.now()
    const response = await request.post('/v1/query', {
      headers: { 'x-api-key': KEY },
      data: {
        measures: ['spend', 'requests', 'attempts', 'waste', 'fallbackRatio', 'pricingCoverage'],
        dimensions: [],
        from: new Date(now - 24 * HOUR_MS).toISOString(),
        to: new Date(now + HOUR_MS).toISOString(),
      },
    })
    expect(response.status()).toBe(200)
    const answer = await response.json()
    expect(answer.totals).toEqual({
      spend: '0.02242',
      requests: '4',
      attempts: '6',
      waste: '0.00515',
      fallbackRatio: '0.25',
      pricingCoverage: '0.833333333333333333',
    })
    expect(answer.meta.unpricedTokens).toBe('500')
  })

  test('Requests shows the attempts of a request in order and how each was priced', async ({ page }) => {
    const view = new ConsolePage(page, 'e2e-shop')
    await view.open('requests')
    await page.getByRole('button', { name: 'r2', exact: true }).click()
    const attempts = page.getByRole('region', { name: 'Requests', exact: true }).getByRole('listitem')
    await expect(attempts).toHaveCount(2)
    await expect(attempts.nth(0)).toContainText('openai / gpt-4o')
    await expect(attempts.nth(0)).toContainText('wasted by fallback')
    await expect(attempts.nth(0)).toContainText('$0.005')
    await expect(attempts.nth(1)).toContainText('anthropic / claude-sonnet-4-5')
    await expect(attempts.nth(1)).toContainText('2,000× $0.000003= $0.006')
    await expect(attempts.nth(1)).toContainText('500× $0.000015= $0.0075')
  })
})
