import { randomBytes } from 'node:crypto'
import { type APIRequestContext, expect, test } from '@playwright/test'
import { expectAccessible } from './fixtures/expect-accessible'
import { ConsolePage } from './pages/console-page'
import { SIGNED_OUT, SignInPage } from './pages/sign-in-page'

/**
 * The guarantee: an editor sets a budget in the browser and sees what is spent of it as the events say, unpriced usage
 * beside it; a viewer sees the same and can change nothing.
 */

test.use({ storageState: SIGNED_OUT })
test.describe.configure({ mode: 'serial' })

const WORKSPACE = 'e2e-budgets'
const KEY = 'fk_e2e0000000000000000000000budgets'
const endpoint = `/budget-${randomBytes(4).toString('hex')}`
const name = `Chat ${endpoint}`

/** An event of the endpoint; 400,000 input tokens of gpt-4o cost 1 USD. */
async function send(request: APIRequestContext, event: object = {}): Promise<void> {
  const response = await request.post('/v1/events', {
    headers: { 'x-api-key': KEY },
    data: {
      externalRequestId: randomBytes(8).toString('hex'),
      provider: 'openai',
      model: 'gpt-4o',
      inputTokens: 400_000,
      outputTokens: 0,
      endpointTag: endpoint,
      environment: 'prod',
      dataMode: 'real',
      ...event,
    },
  })
  expect(response.status()).toBe(200)
}

test('an editor makes a budget, and sees what is spent of it', async ({ page, request }) => {
  await send(request)
  await send(request, { userId: 'u-1' })
  await new SignInPage(page).signInAs('edith@example.com')
  const view = new ConsolePage(page, WORKSPACE)
  await view.open('budgets')
  await page.getByRole('button', { name: 'Create budget' }).click()
  const dialog = page.getByRole('dialog')
  await expect(dialog.getByLabel('At % of the amount spent')).toHaveValue('50, 80, 100')
  await expectAccessible(page)
  await dialog.getByLabel('Name').fill(name)
  await dialog.getByLabel('Amount in USD').fill('nothing')
  await dialog.getByRole('button', { name: 'Create budget' }).click()
  await expect(dialog.getByText('Enter an amount such as 1500 or 99.50.')).toBeVisible()
  await expect(dialog.getByLabel('Name')).toHaveValue(name)
  await dialog.getByLabel('Amount in USD').fill('10')
  await dialog.getByLabel('Lasts').selectOption('fiscalYear')
  await dialog.getByLabel('Values').fill(endpoint)
  await dialog.getByRole('button', { name: 'Create budget' }).click()
  await expect(dialog).toBeHidden()

  const row = view.row('Budgets', name)
  await expect(row).toContainText('$2.00')
  await expect(row).toContainText('20.00%')
  await expect(row).toContainText(`Endpoint: ${endpoint}`)
  await expectAccessible(page)

  await row.getByRole('link', { name }).click()
  await expect(page.getByRole('heading', { level: 1, name })).toBeVisible()
  await expect(view.headline('Spent')).toContainText('$2.00')
  await expect(view.headline('Committed')).toContainText('20.00%')
  await expect(view.row('Drivers: users', 'u-1')).toContainText('$1.00')
  await expectAccessible(page)
  await page.getByRole('link', { name: 'Open in overview' }).click()
  await expect(view.headline('Spend')).toContainText('$2.00')
})

test('usage without a price stands beside the spend and counts at its dearest', async ({ page, request }) => {
  await send(request, { model: 'mystery-9000', inputTokens: 3_200_000 })
  await new SignInPage(page).signInAs('vera@example.com')
  const view = new ConsolePage(page, WORKSPACE)
  await view.open('budgets')
  await expect(page.getByRole('button', { name: 'Create budget' })).toHaveCount(0)
  const row = view.row('Budgets', name)
  await expect(row).toContainText('over')
  await row.getByRole('link', { name }).click()
  await expect(view.headline('Spent')).toContainText('$2.00')
  await expect(view.headline('Committed')).toContainText('100%')
  await expect(page.getByText('Usage without a price may cost')).toBeVisible()
  await expect(page.getByRole('button', { name: 'Edit', exact: true })).toHaveCount(0)
  await expectAccessible(page)
  await page.setViewportSize({ width: 390, height: 844 })
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390)
})

test('an editor raises the amount and archives the budget', async ({ page }) => {
  await new SignInPage(page).signInAs('edith@example.com')
  const view = new ConsolePage(page, WORKSPACE)
  await view.open('budgets')
  await view.row('Budgets', name).getByRole('link', { name }).click()
  await page.getByRole('button', { name: 'Edit', exact: true }).click()
  const dialog = page.getByRole('dialog')
  await expect(dialog.getByLabel('Values')).toHaveValue(endpoint)
  await dialog.getByLabel('Amount in USD').fill('20')
  await dialog.getByRole('button', { name: 'Save' }).click()
  await expect(dialog).toBeHidden()
  await expect(view.headline('Committed')).toContainText('50.00%')
  await page.getByRole('button', { name: 'Archive' }).click()
  await dialog.getByRole('button', { name: 'Archive' }).click()
  await expect(page.getByText('nobody is told of them')).toBeVisible()
  await view.open('budgets')
  await expect(view.row('Archived budgets', name)).toHaveCount(1)
  await expect(view.row('Budgets', name)).toHaveCount(0)
})
