import { randomBytes } from 'node:crypto'
import { expect, test } from '@playwright/test'
import { expectAccessible } from './fixtures/expect-accessible'
import { ConsolePage } from './pages/console-page'
import { SIGNED_OUT, SignInPage } from './pages/sign-in-page'

/** The guarantee: an editor enters what is paid whatever is used, and sees it on the endpoints that it served. */

test.use({ storageState: SIGNED_OUT })

const WORKSPACE = 'e2e-costs'
const KEY = 'fk_e2e000000000000000000000000costs'

test('an editor enters a fixed cost, and sees it on what it served', async ({ page, request }) => {
  for (const [endpointTag, inputTokens] of [
    ['/chat', 600_000],
    ['/search', 200_000],
  ] as const) {
    const response = await request.post('/v1/events', {
      headers: { 'x-api-key': KEY },
      data: {
        externalRequestId: randomBytes(8).toString('hex'),
        attempt: 1,
        provider: 'own-gpus',
        model: 'llama-on-our-own',
        inputTokens,
        outputTokens: 0,
        endpointTag,
        environment: 'prod',
        dataMode: 'real',
      },
    })
    expect(response.status()).toBe(200)
  }
  await new SignInPage(page).signInAs('edith@example.com')
  const view = new ConsolePage(page, WORKSPACE)
  await view.open('costs')
  await page.getByRole('button', { name: 'Add fixed cost' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Name').fill('GPU pool')
  await dialog.getByLabel('Amount in USD').fill('a lot')
  await dialog.getByLabel('Provider').fill('own-gpus')
  await dialog.getByLabel('Capacity, tokens per month').fill('1000000')
  await dialog.getByLabel('Reason').fill('The contract.')
  await dialog.getByRole('button', { name: 'Add' }).click()
  await expect(dialog.getByText('Enter an amount such as 1200 or 99.50.')).toBeVisible()
  await dialog.getByLabel('Amount in USD').fill('300')
  await dialog.getByRole('button', { name: 'Add' }).click()
  await expect(dialog).toBeHidden()
  await expect(view.headline('Only fixed costs')).toHaveText('$300.00')
  await expect(view.headline('Idle')).toHaveText('$60.00')
  expect((await view.cells('Pools', 'GPU pool')).slice(0, 8)).toEqual([
    'own-gpus',
    '$300.00',
    'tokens',
    '800,000',
    '2',
    '$375.00',
    '$60.00',
    '20.00%',
  ])
  // 800,000 input tokens at 2.50 and 0.15 per 1M; 300 × 800,000 ÷ 2 tokens, and 80 % × 300 ÷ 2 of the capacity.
  await view.open('costs', '?alt=openai/gpt-4o&alt=openai/gpt-4o-mini')
  await expect(page.getByText('own-gpus · $375.00 per 1M tokens · 80.00% of capacity used')).toBeVisible()
  expect(await view.cells('Against list prices', 'openai/gpt-4o')).toEqual([
    '$2.00',
    '$2.50',
    '$298.00',
    '120,000,000',
    'beyond capacity: 120.00× of it',
    'none',
  ])
  expect((await view.cells('Against list prices', 'openai/gpt-4o-mini')).slice(0, 2)).toEqual(['$0.12', '$0.15'])
  expect((await view.cells('By endpoint', '/chat')).slice(1)).toEqual(['$180.00', '$180.00'])
  expect((await view.cells('By endpoint', '/search')).slice(1)).toEqual(['$60.00', '$60.00'])
  await expectAccessible(page)

  await view.open('endpoints', '?range=this-month')
  await expect(view.headline('Spend')).not.toContainText('fixed costs')
  await page.getByRole('combobox', { name: 'Spend' }).selectOption('With fixed costs')
  await expect(view.headline('Spend')).toHaveText('$300.00incl. fixed')
  await expect(page.getByRole('group', { name: 'Filters' }).getByRole('combobox', { name: 'Spend' })).toHaveValue(
    'usageAndFixed',
  )
  for (const [row, spend] of [
    ['/chat', '$180.00'],
    ['/search', '$60.00'],
    ['Idle fixed cost', '$60.00'],
    ['Total', '$300.00'],
  ] as const) {
    expect(await view.cells('Endpoints', row)).toContain(spend)
  }
  const { text } = await view.download(page.getByRole('link', { name: 'Endpoints as CSV' }))
  expect(text).toMatch(/^costView,endpoint,spend/)
  expect(text).toContain('usageAndFixed,/chat,180,')
  expect(text).toContain('usageAndFixed,Idle,60,')
  await expectAccessible(page)
  await view.open('endpoints', '?range=this-month&costView=fixed&env=staging')
  await expect(page.getByText(/fixed costs are spread over the usage of prod, real/).first()).toBeVisible()
})
