import { type APIRequestContext, expect, test } from '@playwright/test'
import { expectAccessible } from './fixtures/expect-accessible'
import { SIGNED_OUT, SignInPage } from './pages/sign-in-page'

/**
 * The guarantee: somebody who edits alerts starts from a ready-made rule, sees on their own history when it would have
 * fired and what its message would say, saves it, switches it off and archives it; a viewer sees where it stands.
 */

test.use({ storageState: SIGNED_OUT })

const HOUR_MS = 3_600_000
const KEY = 'fk_e2e000000000000000000000000rules'

/** Five days with two endpoints, of which one makes most of the spend. */
async function postHistory(request: APIRequestContext): Promise<void> {
  const events = Array.from({ length: 40 }, (_, index) => ({
    externalRequestId: `rules-${index}`,
    attempt: 1,
    provider: 'openai',
    model: 'gpt-4o',
    endpointTag: index % 4 === 0 ? '/search' : '/chat',
    inputTokens: 1000,
    outputTokens: 100,
    status: 'success',
    environment: 'prod',
    dataMode: 'real',
    timestamp: new Date(Date.now() - (index + 24) * 3 * HOUR_MS).toISOString(),
  }))
  const response = await request.post('/v1/events', { headers: { 'x-api-key': KEY }, data: events })
  expect(response.status()).toBe(200)
}

test('a rule is made from a ready-made one, tested on history, saved, switched off and archived', async ({
  page,
  request,
}) => {
  await postHistory(request)
  await new SignInPage(page).signInAs('adam@example.com')
  await page.goto('/w/e2e-rules/alerts/rules')
  await expect(page.getByRole('heading', { level: 1, name: 'Alert rules' })).toBeVisible()
  await expectAccessible(page)
  await page.getByRole('link', { name: 'New rule' }).first().click()
  await expectAccessible(page)
  await page.getByRole('link', { name: /^One endpoint dominates the spend/ }).click()
  await expect(page.getByLabel('Threshold (%)')).toHaveValue('50')

  const name = `Share ${Date.now().toString(36)}`
  await page.getByLabel('Name').fill(name)
  await page.getByLabel('Threshold (%)').fill('much')
  await page.getByRole('button', { name: 'Create rule' }).click()
  await expect(page.getByText('Enter a number, such as 0.02 or 150.')).toBeVisible()
  await expect(page.getByLabel('Name')).toHaveValue(name)
  await page.getByLabel('Threshold (%)').fill('10')
  await page.getByLabel('Least attempts').fill('0')

  await page.getByRole('button', { name: 'Test this rule' }).click()
  await expect(
    page.getByText(/It would have fired [1-9]\d* times? in the past 90 days over \d+ groups?\./),
  ).toBeVisible()
  const message = page.locator('section').filter({ has: page.getByRole('heading', { name: 'The message' }) })
  await expect(message).toContainText(name)
  await expect(message).toContainText(/Share of spend \d+\.\d\d% is above 10\.00%/)
  await expect(message.getByRole('link', { name: 'Open the exact view' })).toHaveAttribute(
    'href',
    /^\/w\/e2e-rules\/overview\?range=\d{4}-\d\d-\d\d\.\.\d{4}-\d\d-\d\d&f=endpoint/,
  )
  await expectAccessible(page)
  await page.getByLabel('Threshold (%)').fill('100')
  await expect(page.getByText('It would have fired 0 times in the past 90 days')).toBeVisible()
  await page.getByLabel('Threshold (%)').fill('50')

  await page.getByRole('button', { name: 'Create rule' }).click()
  await expect(page).toHaveURL(/\/alerts\/rules$/)
  const row = page.getByRole('row', { name: new RegExp(name) })
  await expect(row).toContainText('Share of spend above 50.00% in a day, for 60 min, for each endpoint')
  await page.getByRole('button', { name: `Switch off ${name}` }).click()
  await expect(row).toContainText('off')
  await page.getByRole('button', { name: `Switch on ${name}` }).click()
  await expect(page.getByRole('button', { name: `Switch off ${name}` })).toBeVisible()

  await row.getByRole('link', { name }).click()
  await page.getByLabel('Severity').selectOption('critical')
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByText('Saved.')).toBeVisible()

  await page.goto('/w/e2e-rules/settings/audit')
  for (const action of ['rule changed', 'rule enabled', 'rule disabled', 'rule created']) {
    await expect(
      page.getByRole('region', { name: 'Audit log' }).getByRole('cell', { name: action, exact: true }).first(),
    ).toBeVisible()
  }
  await page.goto('/w/e2e-rules/alerts/rules')
  await page.getByRole('button', { name: `Archive ${name}` }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Archive' }).click()
  await expect(page.getByText(name)).toHaveCount(0)
})

test('an anomaly shows how often each sensitivity would have fired, and one click chooses it', async ({ page }) => {
  await new SignInPage(page).signInAs('adam@example.com')
  await page.goto('/w/e2e-rules/alerts/rules/new?start=spend-anomaly')
  await page.getByRole('button', { name: 'Test this rule' }).click()
  const chooser = page.getByRole('radiogroup', { name: 'Sensitivity' })
  await expect(chooser.getByRole('radio')).toHaveCount(5)
  await chooser.getByRole('radio', { name: /^8: / }).click()
  await expect(page.getByLabel('Sensitivity (deviations)')).toHaveValue('8')
  await page.setViewportSize({ width: 390, height: 844 })
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390)
})

test('a viewer sees the rules and changes none', async ({ page }) => {
  await new SignInPage(page).signInAs('vera@example.com')
  await page.goto('/w/e2e-rules/alerts/rules')
  await expect(page.getByRole('heading', { level: 1, name: 'Alert rules' })).toBeVisible()
  await expect(page.getByRole('link', { name: 'New rule' })).toHaveCount(0)
  expect((await page.goto('/w/e2e-rules/alerts/rules/new'))?.status()).toBe(404)
})
