import { randomBytes } from 'node:crypto'
import { type APIRequestContext, expect, test } from '@playwright/test'
import { expectAccessible } from './fixtures/expect-accessible'
import { ConsolePage } from './pages/console-page'
import { SIGNED_OUT, SignInPage } from './pages/sign-in-page'

/**
 * The guarantee: an editor closes a month in the browser, and from then on its figures stand; what comes late is beside
 * them with its cause, on screen, in Overview and in the CSV.
 */

test.use({ storageState: SIGNED_OUT })
test.describe.configure({ mode: 'serial' })

const WORKSPACE = 'e2e-close'
const KEY = 'fk_e2e000000000000000000000000close'

const lastMonth = new Date(Date.UTC(new Date().getUTCFullYear(), new Date().getUTCMonth() - 1, 10))
const month = lastMonth.toISOString().slice(0, 7)
const monthName = new Intl.DateTimeFormat('en-GB', { month: 'long', year: 'numeric', timeZone: 'UTC' }).format(
  lastMonth,
)

/** An event of last month; 400,000 input tokens of gpt-4o cost 1 USD. */
async function send(request: APIRequestContext, endpointTag: string): Promise<void> {
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
      environment: 'prod',
      dataMode: 'real',
      timestamp: lastMonth.toISOString(),
    },
  })
  expect(response.status()).toBe(200)
}

test('an editor closes a month, and a late event stands beside what was booked', async ({ page, request }) => {
  await send(request, '/chat')
  await send(request, '/chat')
  await send(request, '/search')
  await new SignInPage(page).signInAs('edith@example.com')
  const view = new ConsolePage(page, WORKSPACE)
  await view.open('close')
  const row = view.row('Months', monthName)
  await expect(row).toContainText('Open')
  await expect(row).toContainText('$3.00')
  await row.getByRole('button', { name: `Close ${monthName}` }).click()
  const dialog = page.getByRole('dialog')
  await expect(dialog).toContainText('closed figures never move')
  await expectAccessible(page)
  await dialog.getByLabel('Reason').fill('Invoices are in.')
  await dialog.getByRole('button', { name: 'Close the month' }).click()
  await expect(dialog).toBeHidden()
  await expect(row).toContainText('Closed')
  await expect(row).toContainText('Edith')
  await expectAccessible(page)

  await send(request, '/late')
  await page.reload()
  await expect(row).toContainText('$4.00')
  await expect(row).toContainText('+$1.00')
  await row.getByRole('link', { name: monthName }).click()
  await expect(page.getByRole('heading', { level: 1, name: `${monthName}, as booked` })).toBeVisible()
  await expect(view.headline('Booked')).toHaveText('$3.00')
  await expect(view.headline('Today')).toHaveText('$4.00')
  expect((await view.cells('Why it differs', 'Late events')).slice(0, 3)).toEqual(['+$1.00', '+1', '+400,000'])
  expect((await view.cells('Why it differs', 'Price change')).slice(0, 3)).toEqual(['±0', '±0', '±0'])
  expect(await view.cells('Lines', '/late')).toEqual(['openai', 'gpt-4o', '–', '$1.00', '+$1.00', 'Late events +$1.00'])
  expect(await view.cells('Lines', '/chat')).toEqual(['openai', 'gpt-4o', '$2.00', '$2.00', '±0', '–'])
  await expect(page.getByText('Invoices are in.')).toBeVisible()
  await expectAccessible(page)
})

test('a viewer reads it in Overview and as CSV, and can close nothing', async ({ page }) => {
  await new SignInPage(page).signInAs('vera@example.com')
  const view = new ConsolePage(page, WORKSPACE)
  await view.open('close')
  await expect(view.row('Months', monthName)).toContainText('$3.00')
  await expect(page.getByRole('button', { name: /^Close / })).toHaveCount(0)
  await view.open('overview', '?range=last-month')
  await expect(view.headline('Spend')).toHaveText('$4.00')
  await expectAccessible(page)
  await page.getByRole('link', { name: 'booked $3.00' }).click()
  await expect(view.headline('Booked')).toHaveText('$3.00')
  const download = page.waitForEvent('download')
  await page.getByRole('link', { name: 'CSV' }).click()
  const file = await download
  expect(file.suggestedFilename()).toBe(`farthing-${WORKSPACE}-booked-${month}.csv`)
  const chunks: Buffer[] = []
  for await (const chunk of await file.createReadStream()) chunks.push(Buffer.from(chunk))
  const lines = Buffer.concat(chunks).toString('utf8').trim().split('\r\n')
  expect(lines[0]).toMatch(/^provider,model,endpoint,spend\.booked,requests\.booked,/)
  expect(lines.map((line) => line.split(',').slice(0, 5))).toEqual([
    ['provider', 'model', 'endpoint', 'spend.booked', 'requests.booked'],
    ['openai', 'gpt-4o', '/chat', '2', '2'],
    ['openai', 'gpt-4o', '/search', '1', '1'],
    ['openai', 'gpt-4o', '/late', '', ''],
    ['Total', '', '', '3', '3'],
  ])
})
