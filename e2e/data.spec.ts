import { expect, type Page, test } from '@playwright/test'
import { expectAccessible } from './fixtures/expect-accessible'
import { ConsolePage } from './pages/console-page'

/**
 * The guarantee: what ingest found odd is shown with what to do about it, and a user who is erased is gone from every
 * number at once and does not come back.
 */
const KEY = 'fk_e2e000000000000000000000000erase'

test.describe.configure({ mode: 'serial' })

let events: Record<string, unknown>[] = []

async function post(page: Page, sent: readonly unknown[]) {
  const response = await page.request.post('/v1/events', { headers: { authorization: `Bearer ${KEY}` }, data: sent })
  expect(response.status()).toBe(200)
  return await response.json()
}

test.beforeAll(() => {
  const nowMs = Date.now()
  events = [
    { externalRequestId: 'q-1', userId: 'erin-hash', attempt: 1, inputTokens: 1000, outputTokens: 100 },
    { externalRequestId: 'q-2', userId: 'erin-hash', attempt: 1, inputTokens: 1000, outputTokens: 100 },
    { externalRequestId: 'q-3', userId: 'omar-hash', attempt: 1, inputTokens: 10, outputTokens: 1, totalTokens: 12 },
    { externalRequestId: 'q-4', attempt: 1, model: 'mystery-9000', inputTokens: 500, outputTokens: 5 },
  ].map((event, place) => ({
    provider: 'openai',
    model: 'gpt-4o-mini',
    endpointTag: 'chat',
    status: 'success',
    environment: 'prod',
    dataMode: 'real',
    timestamp: nowMs - 3_600_000 + place,
    ...event,
  }))
})

test('data health names what is odd, what is missing and what has no price', async ({ page }) => {
  expect(await post(page, events)).toMatchObject({ accepted: 4 })
  expect(await post(page, [{ ...events[0], inputTokens: 999 }])).toMatchObject({ rejected: [{ code: 'conflict' }] })
  const view = new ConsolePage(page, 'e2e-erase')
  await view.open('health')
  const findings = page.getByRole('list', { name: 'Findings' })
  await expect(findings.getByRole('listitem').filter({ hasText: 'Conflicts' })).toContainText('in 1 request')
  await expect(findings.getByRole('listitem').filter({ hasText: 'Conflicts' })).toContainText('q-1')
  await expect(findings.getByRole('listitem').filter({ hasText: 'Totals that do not add up' })).toContainText('q-3')
  expect(await view.cells('Gaps', 'User unattributed')).toEqual(['25.00%', '1', expect.stringContaining('userId')])
  expect(await view.cells('Gaps', 'Usage unknown')).toEqual(['0%', '0', 'Nothing'])
  await expect(view.table('Models without a price')).toContainText('mystery-9000')
  await expectAccessible(page)
})

test('an erased user is out of every number and stays out', async ({ page }) => {
  const view = new ConsolePage(page, 'e2e-erase')
  await view.open('overview')
  await expect(view.headline('Requests')).toHaveText('4')
  await page.goto('/w/e2e-erase/settings/data')
  await page.getByLabel('userId').fill('erin-hash')
  await page.getByRole('button', { name: 'Erase…' }).click()
  const dialog = page.getByRole('dialog', { name: 'Erase this user?' })
  await expect(dialog.getByRole('button', { name: 'Erase for good' })).toBeDisabled()
  await expectAccessible(page)
  await dialog.getByLabel('Type erase to confirm').fill('erase')
  await dialog.getByRole('button', { name: 'Erase for good' }).click()
  await expect(page.getByRole('status').filter({ hasText: 'Erased as' })).toContainText('2 attempts of 2 requests')
  const list = page.getByRole('region', { name: 'Erasures', exact: true })
  await expect(list).toContainText('Ada')
  await expect(page.locator('body')).not.toContainText('erin-hash')
  await expectAccessible(page)

  await view.open('overview')
  await expect(view.headline('Requests')).toHaveText('2')
  await view.open('users')
  await expect(page.locator('main')).toContainText('omar-hash')
  await expect(page.locator('main')).not.toContainText('erin-hash')
  expect(await post(page, events)).toMatchObject({
    accepted: 0,
    duplicates: 2,
    rejected: [{ code: 'erased' }, { code: 'erased' }],
  })
  await view.open('overview')
  await expect(view.headline('Requests')).toHaveText('2')
})

test('who may not erase is refused, by the page and by the address behind it', async ({ page }) => {
  const erasures = '/api/w/e2e-many/erasures'
  const refused = await page.request.post(erasures, { data: { userId: 'u_01' } })
  expect(refused.status()).toBe(403)
  expect((await page.request.get(erasures)).status()).toBe(403)
  expect((await page.request.get('/api/w/e2e-foreign/erasures')).status()).toBe(404)
  const foreign = await page.request.post('/api/w/e2e-erase/erasures', {
    headers: { origin: 'https://elsewhere.example' },
    data: { userId: 'omar-hash' },
  })
  expect(foreign.status()).toBe(403)
  expect((await page.goto('/w/e2e-many/settings/data'))?.status()).toBe(404)
})
