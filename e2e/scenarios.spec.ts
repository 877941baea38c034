import { randomBytes } from 'node:crypto'
import { expect, test } from '@playwright/test'
import { expectAccessible } from './fixtures/expect-accessible'
import { ConsolePage } from './pages/console-page'
import { SIGNED_OUT, SignInPage } from './pages/sign-in-page'

/**
 * The guarantee: an editor asks in the browser what history would have cost on another model, and reads the answer beside
 * what it did cost; a viewer reads the same, takes it as CSV and can change nothing.
 */

test.use({ storageState: SIGNED_OUT })
test.describe.configure({ mode: 'serial' })

const WORKSPACE = 'e2e-scenarios'
const KEY = 'fk_e2e000000000000000000000scenario'
const name = `Cheaper ${randomBytes(3).toString('hex')}`

test('an editor sees what another model would have cost', async ({ page, request }) => {
  for (const [endpointTag, userId] of [
    ['/chat', 'u-1'],
    ['/chat', 'u-2'],
    ['/search', 'u-1'],
  ]) {
    // 400,000 input tokens: 1 USD of gpt-4o, 0.06 USD of gpt-4o-mini.
    const response = await request.post('/v1/events', {
      headers: { 'x-api-key': KEY },
      data: {
        externalRequestId: randomBytes(8).toString('hex'),
        attempt: 1,
        provider: 'openai',
        model: 'gpt-4o',
        inputTokens: 400_000,
        outputTokens: 0,
        endpointTag,
        userId,
        environment: 'prod',
        dataMode: 'real',
      },
    })
    expect(response.status()).toBe(200)
  }
  await new SignInPage(page).signInAs('edith@example.com')
  const view = new ConsolePage(page, WORKSPACE)
  await view.open('scenarios')
  await page.getByRole('button', { name: 'New scenario' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Name').fill(name)
  await dialog.getByRole('button', { name: 'Save' }).click()
  await expect(dialog.getByText('Route 1: Name the model whose traffic changes')).toBeVisible()
  await dialog.getByLabel('From provider').fill('openai')
  await dialog.getByLabel('From model').fill('gpt-4o')
  await dialog.getByLabel('Endpoint').fill('/chat')
  await dialog.getByLabel('To provider').fill('openai')
  await dialog.getByLabel('To model').fill('gpt-4o-mini')
  await expectAccessible(page)
  await dialog.getByRole('button', { name: 'Save' }).click()
  await expect(dialog).toBeHidden()

  const row = view.row('Scenarios', name)
  await expect(row).toContainText('100 % of openai/gpt-4o of /chat goes to openai/gpt-4o-mini')
  await expectAccessible(page)
  await row.getByRole('link', { name }).click()
  await expect(page.getByRole('heading', { level: 1, name })).toBeVisible()
  await expect(view.headline('Spend today')).toHaveText('$3.00')
  await expect(view.headline('Spend in the scenario')).toHaveText('$1.12')
  expect((await view.cells('By endpoint', '/chat')).slice(0, 3)).toEqual(['$2.00', '$0.12', '−$1.88'])
  expect((await view.cells('By endpoint', '/search')).slice(0, 3)).toEqual(['$1.00', '$1.00', '±0'])
  expect((await view.cells('By tenant', 'u-2')).slice(0, 3)).toEqual(['$1.00', '$0.06', '−$0.94'])
  await expect(page.getByText('Scenario: not what was spent')).toBeVisible()
  await expect(page.getByText('Outcomes, retries, latency and quality stay as they were.')).toBeVisible()
  await expectAccessible(page)

  await page.getByRole('button', { name: 'Change scenario' }).click()
  await dialog.getByLabel('Endpoint').fill('')
  await dialog.getByRole('button', { name: 'Save' }).click()
  await expect(dialog).toBeHidden()
  await expect(view.headline('Spend in the scenario')).toHaveText('$0.18')
})

test('a viewer reads it, takes it as CSV, and can change nothing', async ({ page }) => {
  await new SignInPage(page).signInAs('vera@example.com')
  const view = new ConsolePage(page, WORKSPACE)
  await view.open('scenarios')
  await expect(page.getByRole('button', { name: 'New scenario' })).toHaveCount(0)
  await page.getByRole('link', { name }).click()
  await expect(view.headline('Spend in the scenario')).toHaveText('$0.18')
  await expect(page.getByRole('button', { name: 'Change scenario' })).toHaveCount(0)
  const download = page.waitForEvent('download')
  await page.getByRole('link', { name: 'CSV by endpoint' }).click()
  const chunks: Buffer[] = []
  for await (const chunk of await (await download).createReadStream()) chunks.push(Buffer.from(chunk))
  const lines = Buffer.concat(chunks).toString('utf8').trim().split('\r\n')
  expect(lines.map((line) => line.split(',').slice(0, 2))).toEqual([
    ['endpoint', 'spend.today'],
    ['/chat', '2'],
    ['/search', '1'],
    ['Total', '3'],
  ])
  expect(lines.at(-1)).toMatch(/,0\.18,.*,-2\.82$/)
})
