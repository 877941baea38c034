import AxeBuilder from '@axe-core/playwright'
import { expect, test } from '@playwright/test'
import { ConsolePage } from './pages/console-page'
import { SIGNED_OUT } from './pages/sign-in-page'

/** The guarantee: a page says what is the matter: nothing there, not allowed, failed, hostile names. */

const HOSTILE_KEY = 'fk_e2e0000000000000000000000hostile'

test('a workspace without events says so on every page, and counts nothing', async ({ page }) => {
  const view = new ConsolePage(page, 'e2e-empty')
  await view.open('overview')
  await expect(view.headline('Spend')).toHaveText('$0.00')
  await expect(view.headline('Requests')).toHaveText('0')
  await expect(view.headline('Cost per request')).toContainText('–')
  await expect(page.getByText('no event yet')).toBeVisible()
  for (const name of ['endpoints', 'users', 'prompts', 'providers', 'requests']) {
    await view.open(name)
    await expect(page.getByText('Nothing in this scope').first()).toBeVisible()
  }
  const { violations } = await new AxeBuilder({ page }).analyze()
  expect(violations.map((violation) => violation.id)).toEqual([])
})

test('a workspace of somebody else is not found', async ({ page }) => {
  const response = await page.goto('/w/e2e-foreign/overview')
  expect(response?.status()).toBe(404)
  const api = await page.request.post('/api/w/e2e-foreign/query', {
    headers: { origin: new URL(page.url()).origin },
    data: { measures: ['spend'], from: '2026-01-01T00:00:00Z', to: '2026-02-01T00:00:00Z' },
  })
  expect(api.status()).toBe(404)
})

test('signed out, a page leads to the sign-in and back', async ({ browser }) => {
  const context = await browser.newContext({ storageState: SIGNED_OUT })
  const page = await context.newPage()
  await page.goto('/w/e2e-shop/endpoints?range=7d')
  await expect(page).toHaveURL(/\/sign-in\?callbackUrl=/)
  await page.getByLabel('Email').fill('ada@example.com')
  await page.getByLabel('Password').fill('wrong password')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(page.getByRole('alert').filter({ hasText: /./ })).toBeVisible()
  await page.getByLabel('Password').fill('correct horse battery')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(page).toHaveURL(/\/w\/e2e-shop\/endpoints\?range=7d/)
  await context.close()
})

test('a question that fails is an error with a way out, not a zero', async ({ page }) => {
  const view = new ConsolePage(page, 'e2e-empty')
  await view.open('overview', '?range=2020-01-01..2026-01-01&grain=hour')
  await expect(page.getByText('Spend over time could not be loaded')).toBeVisible()
  await expect(page.getByText('too fine for this range').first()).toBeVisible()
  await page.getByLabel('Granularity').selectOption('month')
  await expect(page.getByText('Spend over time could not be loaded')).toHaveCount(0)
  await expect(page.getByText('Nothing in this scope').first()).toBeVisible()
})

test('hostile names are inert on the screen and in the CSV', async ({ page, request }) => {
  const names = ['<img src=x onerror="document.title=1">', '=HYPERLINK("http://evil.example")', '@SUM(1+1)']
  const response = await request.post('/v1/events', {
    headers: { authorization: `Bearer ${HOSTILE_KEY}` },
    data: names.map((name, index) => ({
      externalRequestId: `h${index}`,
      attempt: 1,
      provider: 'openai',
      model: 'gpt-4o',
      endpointTag: name,
      inputTokens: 10,
      outputTokens: 10,
      status: 'success',
      environment: 'prod',
      dataMode: 'real',
    })),
  })
  expect(await response.json()).toMatchObject({ rejected: [] })
  const view = new ConsolePage(page, 'e2e-hostile')
  await view.open('endpoints')
  for (const name of names) await expect(page.getByRole('rowheader', { name, exact: true })).toBeVisible()
  await expect(page).toHaveTitle(/Top Endpoints/)
  const file = await view.download(page.getByRole('link', { name: 'Endpoints as CSV' }))
  expect(file.text).toContain(`"'=HYPERLINK(""http://evil.example"")"`)
  expect(file.text).toContain(`'@SUM(1+1)`)
})

test('the keyboard reaches pages, filters and help', async ({ page }) => {
  const view = new ConsolePage(page, 'e2e-shop')
  await view.open('overview')
  await page.keyboard.press('g')
  await page.keyboard.press('e')
  await expect(page.getByRole('heading', { level: 1, name: 'Top Endpoints' })).toBeVisible()
  await page.keyboard.press('Control+k')
  await expect(page.getByRole('dialog')).toBeVisible()
  await page.keyboard.press('Escape')
  await page.keyboard.press('?')
  await expect(page.getByRole('dialog')).toBeVisible()
})

test('filters live in the URL and survive a reload', async ({ page }) => {
  const view = new ConsolePage(page, 'e2e-shop')
  await view.open('overview', '?range=7d&env=*')
  await expect(page.getByText('all environments').first()).toBeVisible()
  await page.getByLabel('Compare to').selectOption('none')
  await expect(page).toHaveURL(/compare=none/)
  await expect(page).toHaveURL(/range=7d/)
  await page.reload()
  await expect(page.getByLabel('Compare to')).toHaveValue('none')
})
