import { randomBytes } from 'node:crypto'
import { type APIRequestContext, expect, test } from '@playwright/test'
import { expectAccessible } from './fixtures/expect-accessible'
import { ConsolePage } from './pages/console-page'
import { SIGNED_OUT, SignInPage } from './pages/sign-in-page'

/**
 * The guarantee: a model that nobody knows waits in the open with what is at stake, an editor sees what naming it would
 * change before it does, every figure follows at once, and revoking the alias gives the same figures back.
 */

test.use({ storageState: SIGNED_OUT })
test.describe.configure({ mode: 'serial' })

const WORKSPACE = 'e2e-models'
const KEY = 'fk_e2e00000000000000000000000models'
const unknown = 'gpt-4o-nebula-eu'

/** 400,000 input tokens of gpt-4o cost 1 USD. */
async function send(request: APIRequestContext, model: string): Promise<void> {
  const response = await request.post('/v1/events', {
    headers: { 'x-api-key': KEY },
    data: {
      externalRequestId: randomBytes(8).toString('hex'),
      provider: 'openai',
      model,
      inputTokens: 400_000,
      outputTokens: 0,
      endpointTag: '/chat',
      userId: 'u-1',
      environment: 'prod',
      dataMode: 'real',
    },
  })
  expect(response.status()).toBe(200)
}

async function expectFigures(view: ConsolePage, spend: string, unknownRatio: string): Promise<void> {
  await view.open('overview')
  await expect(view.headline('Spend')).toHaveText(spend)
  await view.open('models')
  await expect(view.headline('Spend')).toHaveText(spend)
  await expect(view.headline('Unknown-model ratio')).toHaveText(unknownRatio)
}

test('an unknown model waits with its candidates, and an alias is previewed, added and revoked', async ({
  page,
  request,
}) => {
  test.slow()
  await send(request, 'gpt-4o')
  await send(request, unknown)
  await new SignInPage(page).signInAs('edith@example.com')
  const view = new ConsolePage(page, WORKSPACE)
  await expectFigures(view, '$1.00', '50.00%')
  const waiting = page.getByRole('list', { name: 'Unknown models' })
  await expect(waiting.getByRole('listitem').filter({ hasText: unknown })).toContainText('400,000')
  await expect(waiting).toContainText('From /chat; 1 user')
  await expectAccessible(page)

  await waiting
    .getByRole('list', { name: `Candidates for ${unknown}` })
    .getByRole('link', { name: 'openai/gpt-4o', exact: true })
    .click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(`Name ${unknown}`)
  expect(await view.cells('Last 30 days', 'Spend')).toEqual(['$1.00', '$2.00', '+$1.00'])
  expect(await view.cells('Spend by endpoint, last 30 days', '/chat')).toEqual(['$1.00', '$2.00', '+$1.00'])
  await expectAccessible(page)
  await page.getByLabel('Reason').fill('The deployment is gpt-4o.')
  await page.getByRole('button', { name: 'Add the alias' }).click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Models')

  await expectFigures(view, '$2.00', '0%')
  await expect(page.getByText('Every model has a price')).toBeVisible()
  await expect(view.row('Aliases', `openai/${unknown}`)).toContainText('The deployment is gpt-4o.')
  await send(request, unknown)
  await expectFigures(view, '$3.00', '0%')

  await page.getByRole('link', { name: `Revoke the alias of ${unknown}` }).click()
  expect(await view.cells('Last 30 days', 'Spend')).toEqual(['$3.00', '$1.00', '−$2.00'])
  await expectAccessible(page)
  await page.getByLabel('Reason').fill('It is not.')
  await page.getByRole('button', { name: 'Revoke the alias' }).click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Models')
  await expectFigures(view, '$1.00', '66.67%')
  await expect(waiting.getByRole('listitem').filter({ hasText: unknown })).toContainText('800,000')
})

test('a viewer sees the models and can name none', async ({ page }) => {
  await new SignInPage(page).signInAs('vera@example.com')
  const view = new ConsolePage(page, WORKSPACE)
  await view.open('models')
  await expect(view.table('Catalogue')).toContainText('gpt-4o')
  await expect(page.getByRole('link', { name: `Name ${unknown}` })).toHaveCount(0)
  await expect(page.getByRole('link', { name: /^Revoke/ })).toHaveCount(0)
  const response = await page.goto(`/w/${WORKSPACE}/models/alias?rawProvider=openai&rawModel=x`)
  expect(response?.status()).toBe(404)
})
