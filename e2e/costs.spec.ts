import { randomBytes } from 'node:crypto'
import AxeBuilder from '@axe-core/playwright'
import { expect, test } from '@playwright/test'
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
  expect((await view.cells('By endpoint', '/chat')).slice(1)).toEqual(['$180.00', '$180.00'])
  expect((await view.cells('By endpoint', '/search')).slice(1)).toEqual(['$60.00', '$60.00'])
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    const { violations } = await new AxeBuilder({ page }).analyze()
    expect(violations.map((violation) => `${violation.id}: ${violation.nodes[0]?.html}`)).toEqual([])
  }
})
