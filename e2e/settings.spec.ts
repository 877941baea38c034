import { expect, type Page, test } from '@playwright/test'
import { expectAccessible } from './fixtures/expect-accessible'
import { SIGNED_OUT, SignInPage } from './pages/sign-in-page'

/**
 * The guarantee: an owner runs a workspace from the screens alone: makes it, invites, hands out a key, sees its first
 * event arrive, ends the key, appoints owners; and the audit log says who did each of it.
 */

test.use({ storageState: SIGNED_OUT })

const dialog = (page: Page) => page.getByRole('dialog')

async function openSettings(page: Page, workspace: string, name: string): Promise<void> {
  await page.goto(`/w/${workspace}/settings/${name}`)
  await expect(page.getByRole('heading', { level: 1, name: 'Settings' })).toBeVisible()
}

test('a workspace is made, gets a key, sees its first event, and the key ends', async ({ page, request }) => {
  await new SignInPage(page).signInAs('orga@example.com')
  const slug = `made-${Date.now().toString(36)}`
  await page.goto('/organization/workspaces')
  await page.getByRole('button', { name: 'Create workspace' }).click()
  await dialog(page).getByLabel('Name').fill('Made here')
  await dialog(page).getByLabel('Address').fill('Not a slug')
  await dialog(page).getByRole('button', { name: 'Create workspace' }).click()
  await expect(dialog(page).getByText('Use 1 to 63 lower-case letters')).toBeVisible()
  await expect(dialog(page).getByLabel('Name')).toHaveValue('Made here')
  await dialog(page).getByLabel('Address').fill(slug)
  await dialog(page).getByLabel('Reporting time zone').fill('Europe/Berlin')
  await dialog(page).getByRole('button', { name: 'Create workspace' }).click()
  await expect(dialog(page).getByText(`Created. Its address is /w/${slug}.`)).toBeVisible()

  await openSettings(page, slug, 'keys')
  await page.getByRole('button', { name: 'Create key' }).click()
  await dialog(page).getByLabel('Name').fill('checkout')
  await dialog(page).getByLabel('Data mode').selectOption('real')
  await dialog(page).getByRole('button', { name: 'Create key' }).click()
  await expect(dialog(page).getByText('Waiting for your first event')).toBeVisible()
  const shown = dialog(page).getByRole('region', { name: /^Secret of checkout/ })
  const secret = (await shown.textContent()) ?? ''
  expect(secret).toMatch(/^fk_[0-9a-f]{48}$/)
  await expect(dialog(page).getByRole('region', { name: 'Send the first event' })).toContainText(`Bearer ${secret}`)
  await dialog(page).getByRole('radio', { name: 'Python' }).click()
  await expect(dialog(page).getByRole('region', { name: 'Send the first event' })).toContainText('urllib.request')
  await expectAccessible(page)

  const event = {
    externalRequestId: 'first',
    provider: 'openai',
    model: 'gpt-4o',
    inputTokens: 1200,
    outputTokens: 300,
  }
  const send = () =>
    request.post('/v1/events', { headers: { 'x-api-key': secret }, data: { ...event, environment: 'prod' } })
  expect((await send()).status()).toBe(200)
  await expect(dialog(page).getByText('The first event is here.')).toBeVisible()
  await expect(dialog(page).getByText('openai gpt-4o, prod and real: $0.006')).toBeVisible()
  await page.keyboard.press('Escape')

  const row = page.getByRole('region', { name: 'API keys' }).getByRole('row', { name: /checkout/ })
  await expect(row).toContainText('active')
  await expect(row).not.toContainText(secret)
  await page.getByRole('button', { name: 'Revoke checkout' }).click()
  await dialog(page).getByRole('button', { name: 'Revoke' }).click()
  await expect(row).toContainText('revoked')
  await expect.poll(async () => (await send()).status(), { timeout: 60_000 }).toBe(401)

  await openSettings(page, slug, 'audit')
  const log = page.getByRole('region', { name: 'Audit log' })
  for (const action of ['key revoked', 'key created', 'workspace created']) {
    await expect(log.getByRole('cell', { name: action, exact: true })).toBeVisible()
  }
})

test('an owner invites, changes a role and appoints owners, and the audit log says so', async ({ page }) => {
  await new SignInPage(page).signInAs('olive@example.com')
  await openSettings(page, 'e2e-team', 'members')
  await page.getByRole('button', { name: 'Invite' }).click()
  const email = `new-${Date.now().toString(36)}@example.com`
  await dialog(page).getByLabel('E-mail').fill(email)
  await dialog(page).getByLabel('Role').selectOption('editor')
  await dialog(page).getByRole('button', { name: 'Make invitation' }).click()
  await expect(dialog(page).getByRole('region', { name: 'One-time link' })).toContainText('/invitation/')
  await expectAccessible(page)
  await page.keyboard.press('Escape')
  await expect(page.getByRole('region', { name: 'Open invitations' })).toContainText(email)
  await page.getByRole('button', { name: `Revoke the invitation of ${email}` }).click()
  await dialog(page).getByRole('button', { name: 'Revoke' }).click()
  await expect(page.getByText(email)).toHaveCount(0)

  await page.getByRole('button', { name: 'Manage Vera' }).click()
  await dialog(page).getByLabel('Role').selectOption('editor')
  await dialog(page).getByRole('button', { name: 'Change role' }).click()
  await expect(dialog(page).getByText('Saved. It holds from their next click.')).toBeVisible()
  await expectAccessible(page)
  await dialog(page).getByLabel('Role').selectOption('viewer')
  await dialog(page).getByRole('button', { name: 'Change role' }).click()
  await page.keyboard.press('Escape')
  await expect(page.getByRole('row', { name: /Vera/ })).toContainText('viewer')

  await page.getByRole('button', { name: 'Manage Olive' }).click()
  await dialog(page).getByRole('button', { name: 'Remove from workspace' }).click()
  await expect(dialog(page).getByText('Olive is the last owner of this workspace.')).toBeVisible()
  await page.keyboard.press('Escape')

  await openSettings(page, 'e2e-team', 'owners')
  await expect(page.getByText('Nobody answers for the budgets')).toBeVisible()
  await page.getByLabel('Budget owner').selectOption({ label: 'Edith (edith@example.com)' })
  await page.getByLabel('Backup owner').selectOption({ label: 'Edith (edith@example.com)' })
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByText('choose two different people')).toBeVisible()
  await page.getByLabel('Backup owner').selectOption({ label: 'Adam (adam@example.com)' })
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByText('Nobody answers for the budgets')).toHaveCount(0)

  await openSettings(page, 'e2e-team', 'audit')
  await page.getByLabel('Text').fill('edith@example.com')
  await page.getByRole('button', { name: 'Search' }).click()
  const log = page.getByRole('region', { name: 'Audit log' })
  await expect(log.getByRole('row', { name: /workspace owners changed/ })).toHaveCount(1)
  await log.getByText('2 fields').click()
  await expect(log.getByText('edith@example.com')).toBeVisible()
  await page.getByRole('link', { name: 'Clear' }).click()
  for (const action of ['workspace owners changed', 'member role changed', 'invitation revoked']) {
    await expect(log.getByRole('cell', { name: action, exact: true }).first()).toBeVisible()
  }
})

test('the portfolio shows every workspace with its owner, and leads to it', async ({ page }) => {
  await new SignInPage(page).signInAs('ada@example.com')
  await page.goto('/')
  await expect(page).toHaveURL(/\/portfolio$/)
  const table = page.getByRole('region', { name: 'Workspaces' })
  await expect(table.getByRole('row')).toHaveCount(7)
  await expect(table.getByRole('row', { name: /^Empty/ })).toContainText('no owner')
  await page.getByLabel('Range').selectOption('7d')
  await expect(page).toHaveURL(/range=7d/)
  await table.getByRole('link', { name: 'Many', exact: true }).click()
  await expect(page).toHaveURL(/\/w\/e2e-many\/overview\?range=7d/)
})

test('a viewer finds whom to ask and nothing to change', async ({ page }) => {
  await new SignInPage(page).signInAs('vera@example.com')
  await page.goto('/w/e2e-team/overview')
  await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Settings' }).click()
  await expect(page).toHaveURL(/\/settings\/owners$/)
  await expect(page.getByRole('navigation', { name: 'Settings' }).getByRole('link')).toHaveText([
    'Owners',
    'Alerting',
    'Guard',
  ])
  await expect(page.getByRole('button', { name: 'Save' })).toHaveCount(0)
  const response = await page.goto('/w/e2e-team/settings/members')
  expect(response?.status()).toBe(404)
})

const PATHS = [
  '/portfolio',
  '/organization/workspaces',
  '/organization/people',
  '/organization/audit',
  ...['general', 'members', 'keys', 'owners', 'audit'].map((name) => `/w/e2e-access/settings/${name}`),
]

for (const path of PATHS) {
  test(`${path} is accessible in both themes and fits a phone`, async ({ page }) => {
    await new SignInPage(page).signInAs('orga@example.com')
    await page.setViewportSize({ width: 1280, height: 900 })
    await page.goto(path)
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
    await expectAccessible(page)
    await page.setViewportSize({ width: 390, height: 844 })
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390)
  })
}
