import { randomBytes } from 'node:crypto'
import { expect, test } from '@playwright/test'
import { listProviders } from '../lib/pricing/genai-prices'
import { expectAccessible } from './fixtures/expect-accessible'
import { ConsolePage } from './pages/console-page'
import { SIGNED_OUT, SignInPage } from './pages/sign-in-page'

/**
 * The guarantee: what the preview of a price says is what every figure shows after it is confirmed, and undoing it brings
 * back the same digits.
 */

test.use({ storageState: SIGNED_OUT })
test.describe.configure({ mode: 'serial' })

const WORKSPACE = 'e2e-prices'
const KEY = 'fk_e2e00000000000000000000000prices'
const model = `house-${randomBytes(4).toString('hex')}x`

test('an editor prices history: preview, confirm, undo', async ({ page, request }) => {
  // gpt-4o: 400,000 × 2.50 = 1 USD; of the house's model nobody knows a price.
  for (const [name, inputTokens] of [
    ['gpt-4o', 400_000],
    [model, 1_000_000],
    [model, 234_567],
  ] as const) {
    const response = await request.post('/v1/events', {
      headers: { 'x-api-key': KEY },
      data: {
        externalRequestId: randomBytes(8).toString('hex'),
        ...{ provider: 'openai', model: name, inputTokens, outputTokens: 0, environment: 'prod', dataMode: 'real' },
      },
    })
    expect(response.status()).toBe(200)
  }
  await new SignInPage(page).signInAs('edith@example.com')
  const view = new ConsolePage(page, WORKSPACE)
  await view.open('overview')
  await expect(view.headline('Spend')).toHaveText('$1.00')

  await view.open('prices')
  await expect(view.row('Prices', 'gpt-4o')).toContainText('$2.50')
  await expect(page.getByText('No contract price', { exact: true })).toBeVisible()
  await expectAccessible(page)
  await page.getByRole('button', { name: 'Add contract price' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Provider').fill('openai')
  await dialog.getByLabel('Model').fill(model)
  await dialog.getByLabel('Input', { exact: true }).fill('two')
  await dialog.getByLabel('Output', { exact: true }).fill('8')
  await dialog.getByLabel('Reason', { exact: true }).fill('Agreed with the house')
  await expectAccessible(page)
  await dialog.getByRole('button', { name: 'Preview' }).click()
  await expect(dialog.getByText('Enter a price such as 2.50, with at most 12 fraction digits.')).toBeVisible()
  await dialog.getByLabel('Input', { exact: true }).fill('2')
  await dialog.getByRole('button', { name: 'Preview' }).click()

  const preview = dialog.getByRole('region', { name: 'Preview' })
  await expect(preview).toContainText('2 newly priced')
  await expect(preview).toContainText('$3.469134')
  await expect(preview.getByText('66.67%')).toBeVisible()
  await expect(view.row('Models whose spend moves', `openai/${model}`)).toContainText('$2.47')
  await expectAccessible(page)
  await dialog.getByRole('button', { name: 'Add this price' }).click()
  await expect(dialog).toBeHidden()
  await expect(view.table('Contract prices')).toContainText('Agreed with the house')
  await expect(view.row('Prices', model)).toContainText('$2.00')

  await view.open('overview')
  await expect(view.headline('Spend')).toHaveText('$3.47')
  await page.getByRole('button', { name: 'Spend', exact: true }).first().focus()
  await expect(page.getByRole('tooltip')).toContainText('$3.469134')

  await view.open('prices')
  await page.getByRole('button', { name: /^Undo contract/ }).click()
  await expect(preview).toContainText('2 lose their price')
  await dialog.getByLabel('Reason', { exact: true }).fill('It was a test')
  await dialog.getByRole('button', { name: 'Undo it' }).click()
  await expect(dialog).toBeHidden()
  await expect(view.table('Contract prices')).toContainText('It was a test')
  await expect(view.row('Prices', model)).toHaveCount(0)
  await view.open('overview')
  await expect(view.headline('Spend')).toHaveText('$1.00')
})

test('a viewer sees the prices and their history, and changes none', async ({ page }) => {
  await new SignInPage(page).signInAs('vera@example.com')
  const view = new ConsolePage(page, WORKSPACE)
  await view.open('prices', '?models=all&q=claude-sonnet&periods=all')
  await expect(view.table('Prices').getByRole('row').nth(1)).toContainText('claude-sonnet')
  await expect(page.getByRole('button', { name: 'Add contract price' })).toHaveCount(0)
  await expect(page.getByRole('button', { name: /^Undo contract/ })).toHaveCount(0)
  await expect(view.table('Contract prices')).toContainText('undone')
  await page.setViewportSize({ width: 390, height: 844 })
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390)
})

test('an organisation admin reads what a newer list changes before it holds, and enters rates', async ({ page }) => {
  const added = `listed-${randomBytes(4).toString('hex')}x`
  const list = listProviders().map((provider) => {
    if (provider.id !== 'mistral') return provider
    const info = { id: added, match: { equals: added }, prices: { input_mtok: 3, output_mtok: 9 } }
    return { ...provider, models: [...provider.models, info] }
  })
  await new SignInPage(page).signInAs('orga@example.com')
  await page.goto('/organization/prices')
  const file = (text: string) => ({ name: 'data.json', mimeType: 'application/json', buffer: Buffer.from(text) })
  await page.getByLabel('New list').setInputFiles(file('[{"id": "acme"}]'))
  await expect(page.getByRole('alert').filter({ hasText: 'acme, name' })).toBeVisible()
  await page.getByLabel('New list').setInputFiles(file(JSON.stringify(list)))
  await expect(page.getByText('Models: 1 added, 0 removed, 0 changed. Prices that differ: 1.')).toBeVisible()
  await expect(page.getByRole('region', { name: 'Changed prices' })).toContainText('$3.00 input, $9.00 output')
  await expect(page.getByText('No figure of the stored history moves.')).toBeVisible()
  await expectAccessible(page)
  await page.getByRole('button', { name: 'Apply this list' }).click()
  await expect(page.getByText('The list is in force.')).toBeVisible()
  await expect(page.getByText('genai-prices JSON')).toBeVisible()

  await page.getByLabel('Currency').fill('eur')
  await page.getByLabel('Day').fill('2026-10-01')
  await page.getByLabel('USD for one').fill('nothing')
  await page.getByLabel('Source').fill('ECB')
  await page.getByRole('button', { name: 'Add rate' }).click()
  await expect(page.getByText('Enter USD for one unit')).toBeVisible()
  await page.getByLabel('USD for one').fill('1.25')
  await page.getByRole('button', { name: 'Add rate' }).click()
  await expect(page.getByText('Stored the rate of EUR for 2026-10-01.')).toBeVisible()
  const rates = (text: string) => ({ name: 'rates.csv', mimeType: 'text/csv', buffer: Buffer.from(text) })
  await page.getByLabel('CSV').setInputFiles(rates('currency,date,rate,source\nGBP,2026-10-01,x,BoE\n'))
  await page.getByRole('button', { name: 'Upload rates' }).click()
  await expect(page.getByText('Line 2: Enter USD for one unit')).toBeVisible()
  await page.getByLabel('CSV').setInputFiles(rates('currency,date,rate,source\nGBP,2026-10-01,1.5,BoE\n'))
  await page.getByRole('button', { name: 'Upload rates' }).click()
  await expect(page.getByText('Stored 1 rate.')).toBeVisible()
  await expect(page.getByRole('region', { name: 'Exchange rates' }).last()).toContainText('BoE')
  await expectAccessible(page)
})

test('a price in another currency is converted by the rate of its first day', async ({ page }) => {
  await new SignInPage(page).signInAs('edith@example.com')
  const view = new ConsolePage(page, WORKSPACE)
  await view.open('prices')
  await page.getByRole('button', { name: 'Add contract price' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Provider').fill('openai')
  await dialog.getByLabel('Model').fill(model)
  await dialog.getByLabel('Currency').selectOption('EUR')
  await dialog.getByLabel('Input', { exact: true }).fill('2')
  await dialog.getByLabel('Reason', { exact: true }).fill('Agreed in euro')
  await dialog.getByLabel('From', { exact: true }).fill('2026-09-30')
  await dialog.getByRole('button', { name: 'Preview' }).click()
  await expect(dialog.getByText('No exchange rate of EUR is stored for 2026-09-30 or before.')).toBeVisible()
  await dialog.getByLabel('From', { exact: true }).fill('2026-10-02')
  await dialog.getByRole('button', { name: 'Preview' }).click()
  await expect(dialog.getByText('the rate of 2026-10-01, the last before 2026-10-02 (ECB)')).toBeVisible()
  await dialog.getByRole('button', { name: 'Add this price' }).click()
  await expect(dialog).toBeHidden()
  await expect(view.row('Prices', model)).toContainText('$2.50')
  await expect(view.table('Contract prices')).toContainText('€2.00 input (× 1.25 USD, rate of 2026-10-01)')
})

test('a volume schedule prices what the month comes to, spread over its units', async ({ page, request }) => {
  const scheduled = `volume-${randomBytes(4).toString('hex')}x`
  for (const inputTokens of [1_800_000, 1_200_000]) {
    const response = await request.post('/v1/events', {
      headers: { 'x-api-key': KEY },
      data: {
        externalRequestId: randomBytes(8).toString('hex'),
        ...{
          provider: 'openai',
          model: scheduled,
          inputTokens,
          outputTokens: 0,
          environment: 'prod',
          dataMode: 'real',
        },
      },
    })
    expect(response.status()).toBe(200)
  }
  await new SignInPage(page).signInAs('edith@example.com')
  const view = new ConsolePage(page, WORKSPACE)
  await view.open('prices')
  await page.getByRole('button', { name: 'Add contract price' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Provider').fill('openai')
  await dialog.getByLabel('Model').fill(scheduled)
  await dialog.getByLabel('Agreed as').selectOption('volume schedule')
  await dialog.getByLabel('Reason', { exact: true }).fill('Agreed by volume')
  const tier = (number: number) => dialog.getByRole('group', { name: `Tier ${number}` })
  await tier(2).getByLabel('Up to units').fill('1,000,000')
  for (const [number, price] of [
    [1, '2'],
    [2, '1.25'],
    [3, '8'],
  ] as const) {
    await tier(number).getByLabel('Price').fill(price)
  }
  await dialog.getByRole('button', { name: 'Preview' }).click()
  await expect(tier(1).getByText('Only the last tier of a class has no end.')).toBeVisible()
  await expect(tier(2).getByText('Leave the end of the last tier of a class empty')).toBeVisible()
  await tier(2).getByLabel('Up to units').fill('')
  await tier(1).getByLabel('Up to units').fill('1,000,000')
  await dialog.getByRole('button', { name: 'Add tier' }).click()
  await dialog.getByRole('button', { name: 'Remove tier 4' }).click()
  await expectAccessible(page)
  await dialog.getByRole('button', { name: 'Preview' }).click()

  // 3,000,000 tokens: the first million at 2.00, two more at 1.25, so 4.50; 1.50 for each million.
  await expect(view.row('Models whose spend moves', `openai/${scheduled}`)).toContainText('$4.50')
  await dialog.getByRole('button', { name: 'Add this price' }).click()
  await expect(dialog).toBeHidden()
  await expect(view.row('Prices', scheduled)).toContainText('$1.50')
  await expect(view.row('Prices', scheduled)).toContainText('$2.00 to 1,000,000, then $1.25 input; $8.00 output')
  await expect(view.table('Contract prices')).toContainText(
    'By month: $2.00 to 1,000,000, then $1.25 input; $8.00 output; this month $1.50 input, $8.00 output for 3,000,000 input',
  )
  await expectAccessible(page)
})
