import { randomBytes } from 'node:crypto'
import { type APIRequestContext, expect, type Page, test } from '@playwright/test'
import { z } from 'zod'
import { expectAccessible } from './fixtures/expect-accessible'
import { ConsolePage } from './pages/console-page'
import { SIGNED_OUT, SignInPage } from './pages/sign-in-page'

/**
 * The guarantee: any page that asks questions can be shown under a scenario, has the figures that the API gives for it,
 * says everywhere that they were not spent, and is switched back with one press; a link shares it, with members only.
 */

test.use({ storageState: SIGNED_OUT })
test.describe.configure({ mode: 'serial', timeout: 240_000 })

const WORKSPACE = 'e2e-under'
const KEY = { 'x-api-key': 'fk_e2e0000000000000000000000000under' }
const name = `Chat on mini, "cheap" ${randomBytes(3).toString('hex')}`
let scenario = ''

const strip = (page: Page) => page.getByRole('region', { name: 'Scenario', exact: true })

async function expectActual(page: Page): Promise<void> {
  await expect(new ConsolePage(page, WORKSPACE).headline('Spend')).toHaveText('$3.00')
  await expect(strip(page)).toHaveCount(0)
  await expect(page.getByRole('main').getByText('Scenario', { exact: true })).toHaveCount(1)
  expect(page.url()).not.toContain('scenario')
}

const answerSchema = z.object({
  totals: z.object({ spend: z.string() }),
  meta: z.object({ scenario: z.object({ id: z.number(), name: z.string() }).nullable() }),
})

async function askApi(request: APIRequestContext, under: { scenario?: number }) {
  const dayMs = 86_400_000
  const [from, to] = [-2, 2].map((days) => new Date(Date.now() + days * dayMs).toISOString())
  const response = await request.post('/v1/query', { headers: KEY, data: { measures: ['spend'], from, to, ...under } })
  return answerSchema.parse(await response.json())
}

test('a page is shown under a scenario from its page, marked everywhere, with the digits of the API', async ({
  page,
  request,
}) => {
  for (const [endpointTag, userId] of [
    ['/chat', 'u-1'],
    ['/chat', 'u-2'],
    ['/search', 'u-1'],
  ]) {
    // 400,000 input tokens: 1 USD of gpt-4o, 0.06 USD of gpt-4o-mini.
    const response = await request.post('/v1/events', {
      headers: KEY,
      data: {
        externalRequestId: `${endpointTag}-${userId}`,
        attempt: 1,
        provider: 'openai',
        model: 'gpt-4o',
        inputTokens: 400_000,
        outputTokens: 0,
        endpointTag,
        userId,
        environment: 'prod',
        dataMode: 'real',
        status: 'success',
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
  await dialog.getByLabel('From provider').fill('openai')
  await dialog.getByLabel('From model').fill('gpt-4o')
  await dialog.getByLabel('Endpoint').fill('/chat')
  await dialog.getByLabel('To provider').fill('openai')
  await dialog.getByLabel('To model').fill('gpt-4o-mini')
  await dialog.getByRole('button', { name: 'Save' }).click()
  await expect(dialog).toBeHidden()
  await view.row('Scenarios', name).getByRole('link', { name }).click()
  await expect(view.headline('Spend in the scenario')).toHaveText('$1.12')
  await page.getByRole('link', { name: 'Show in Overview' }).click()

  await expect(page).toHaveURL(/\/overview\?.*scenario=\d+/)
  scenario = new URL(page.url()).searchParams.get('scenario') ?? ''
  await expect(page.getByRole('heading', { level: 1, name: 'Overview Scenario' })).toBeVisible()
  await expect(page).toHaveTitle('Overview under a scenario · Farthing')
  await expect(strip(page)).toContainText('These figures are not what was spent')
  await expect(strip(page).getByRole('link', { name })).toHaveAttribute('href', /\/scenarios\/\d+\?range=30d$/)
  // 0.06 + 0.06 + 1.00
  await expect(view.headline('Spend')).toHaveText('$1.12')
  await expect(view.headline('Requests')).toHaveText('3')
  await expect(page.getByRole('list', { name: 'Series of Spend over time' })).toContainText(`Scenario: ${name}`)
  await expect(page.getByRole('heading', { level: 2, name: 'What moved Scenario' })).toBeVisible()
  const under = await askApi(request, { scenario: Number(scenario) })
  expect(under).toEqual({ totals: { spend: '1.12' }, meta: { scenario: { id: Number(scenario), name } } })
  expect(await askApi(request, {})).toEqual({ totals: { spend: '3' }, meta: { scenario: null } })
  await expectAccessible(page)
})

test('every page that asks questions keeps it, and says it in its CSV', async ({ page }) => {
  await new SignInPage(page).signInAs('edith@example.com')
  const view = new ConsolePage(page, WORKSPACE)
  await view.open('overview', `?scenario=${scenario}`)
  const pages = page.getByRole('navigation', { name: 'Pages' })
  for (const [link, table, first, spend] of [
    ['Top Endpoints', 'Endpoints', '/chat', '$0.12'],
    ['Top Users', 'Users', 'u-1', '$1.06'],
    ['Prompt Versions', 'Prompt versions', '/chat', '$0.12'],
    ['Providers', 'Providers', 'openai', '$1.12'],
  ] as const) {
    await pages.getByRole('link', { name: link }).click()
    await expect(page.getByRole('heading', { level: 1, name: `${link} Scenario` })).toBeVisible()
    await expect(strip(page)).toContainText(name)
    await expect(view.headline('Spend')).toHaveText('$1.12')
    expect(await view.cells(table, first)).toContain(spend)
    const href = await page.getByRole('link', { name: `${table} as CSV` }).getAttribute('href')
    const file = await page.request.get(href ?? '')
    expect(file.headers()['content-disposition']).toContain(`"farthing-${WORKSPACE}-scenario-${scenario}-`)
    const text = await file.text()
    const lines = text.trim().split('\r\n')
    expect(lines[0]).toMatch(/^scenario,/)
    for (const line of lines.slice(1)) expect(line).toContain(`"${name.replaceAll('"', '""')}",`)
  }
})

test('models and requests are those of the scenario; other pages are as it was, and say so', async ({ page }) => {
  await new SignInPage(page).signInAs('edith@example.com')
  const view = new ConsolePage(page, WORKSPACE)
  await view.open('overview', `?scenario=${scenario}`)
  const pages = page.getByRole('navigation', { name: 'Pages' })
  await pages.getByRole('link', { name: 'Models' }).click()
  await expect(view.headline('Spend')).toHaveText('$1.12')
  expect(await view.cells('Catalogue', 'gpt-4o')).toContain('$1.00')
  expect(await view.cells('Catalogue', 'gpt-4o-mini')).toContain('$0.12')
  await expectAccessible(page)

  await pages.getByRole('link', { name: 'Top Endpoints' }).click()
  await view.row('Endpoints', '/chat').getByRole('link', { name: '2', exact: true }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'Requests Scenario' })).toBeVisible()
  await expect(view.headline('Spend')).toHaveText('$0.12')
  const chat = view.row('Requests', '/chat-u-1')
  await expect(chat).toContainText('$0.06')
  await chat.getByRole('button').click()
  await expect(page.getByText('openai / gpt-4o-mini')).toBeVisible()
  await expect(page.getByText('by the scenario')).toBeVisible()
  await expectAccessible(page)

  await pages.getByRole('link', { name: 'Budgets' }).click()
  await expect(page).toHaveURL(/\/budgets\?/)
  expect(page.url()).not.toContain('scenario')
  for (const actual of ['budgets', 'health', 'close']) {
    await view.open(actual, `?scenario=${scenario}`)
    await expect(page.getByText('Actual figures: this page is not shown under a scenario.')).toBeVisible()
    await expect(strip(page)).toHaveCount(0)
  }
})

test('a link shares it, also on a phone, and one press shows actual spend again', async ({ page }) => {
  await new SignInPage(page).signInAs('vera@example.com')
  const view = new ConsolePage(page, WORKSPACE)
  await page.setViewportSize({ width: 390, height: 844 })
  await view.open('overview', `?range=7d&scenario=${scenario}`)
  await expect(view.headline('Spend')).toHaveText('$1.12')
  await expect(strip(page)).toBeInViewport()
  await page.mouse.wheel(0, 3_000)
  await expect(strip(page)).toBeInViewport()
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390)
  await expectAccessible(page)
  await strip(page).getByRole('link', { name: 'Show actual spend' }).click()
  await expectActual(page)
  await expect(page).toHaveURL(/range=7d/)

  await page.setViewportSize({ width: 1440, height: 900 })
  await page.getByRole('combobox', { name: 'Scenario' }).selectOption({ label: `Scenario: ${name}` })
  await expect(view.headline('Spend')).toHaveText('$1.12')
  await page.getByRole('combobox', { name: 'Scenario' }).selectOption({ label: 'Actual spend' })
  await expectActual(page)
  await page.keyboard.press('Control+k')
  await page.getByPlaceholder('Page, workspace, range or scenario').fill('chat on mini')
  await page.keyboard.press('Enter')
  await expect(view.headline('Spend')).toHaveText('$1.12')
  await expect(page).toHaveURL(/range=7d/)
  await page.keyboard.press('Control+k')
  await page.getByPlaceholder('Page, workspace, range or scenario').fill('show actual')
  await page.keyboard.press('Enter')
  await expectActual(page)
})

test('one of another workspace, or removed, is not found, and nothing is shown in its place', async ({ page }) => {
  await new SignInPage(page).signInAs('edith@example.com')
  const foreign = await page.goto(`/w/e2e-scenarios/overview?scenario=${scenario}`)
  expect(foreign?.status()).toBe(404)
  await expect(page.getByText('There is no such scenario')).toBeVisible()
  await expectAccessible(page)
  const api = await page.request.post('/api/w/e2e-scenarios/query', {
    headers: { origin: new URL(page.url()).origin },
    data: { measures: ['spend'], from: '2026-01-01T00:00:00Z', to: '2026-02-01T00:00:00Z', scenario: Number(scenario) },
  })
  expect(api.status()).toBe(404)
  expect(await api.json()).toMatchObject({ code: 'not_found' })

  const view = new ConsolePage(page, WORKSPACE)
  await view.open('scenarios')
  await page.getByRole('button', { name: `Remove ${name}` }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click()
  // Behind an open dialog no row is to be found, removed or not.
  await expect(page.getByRole('dialog')).toHaveCount(0)
  await expect(view.row('Scenarios', name)).toHaveCount(0)
  const removed = await page.goto(`/w/${WORKSPACE}/overview?scenario=${scenario}`)
  expect(removed?.status()).toBe(404)
  await page.getByRole('link', { name: 'Show actual spend' }).click()
  await expect(view.headline('Spend')).toHaveText('$3.00')
})
