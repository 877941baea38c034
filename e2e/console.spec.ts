import { expect, test } from '@playwright/test'
import { parse } from 'csv-parse/sync'
import { ConsolePage, PAGE_NAMES } from './pages/console-page'
import { SIGNED_OUT, SignInPage } from './pages/sign-in-page'

/** The guarantee: filters, sorting, links and downloads agree with the numbers on the screen. */

let view: ConsolePage

test.beforeEach(({ page }) => {
  view = new ConsolePage(page, 'e2e-many')
})

test('the keyboard alone adds a filter from the values of the workspace', async ({ page }) => {
  await view.open('overview')
  await page.keyboard.press('/')
  await page.getByPlaceholder('Filter by').pressSequentially('endp')
  await page.keyboard.press('Enter')
  await page.getByPlaceholder('Search endpoint').pressSequentially('endpoint-07')
  const values = page.getByRole('listbox', { name: 'Values of Endpoint' }).getByRole('option')
  await expect(values).toHaveCount(1)
  await expect(values).toContainText('endpoint-07')
  await page.keyboard.press('Enter')
  await expect(page.getByText('1 chosen')).toBeVisible()
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(/f=endpoint%3Ain%3Aendpoint-07/)
  await expect(view.headline('Requests')).toHaveText('52')
  await page.getByRole('button', { name: 'Remove filter: Endpoint is endpoint-07' }).click()
  await expect(page).not.toHaveURL(/f=/)
})

test('a header sorts by its column, in the URL and without a script', async ({ page }) => {
  await view.open('endpoints')
  const header = view.table('Endpoints').getByRole('columnheader', { name: 'Requests', exact: true })
  await header.getByRole('link').click()
  await expect(page).toHaveURL(/sort=-requests/)
  await expect(header).toHaveAttribute('aria-sort', 'descending')
  await expect(view.table('Endpoints').getByRole('rowheader').first()).toHaveText('endpoint-00')
  await header.getByRole('link').click()
  await expect(page).toHaveURL(/sort=requests/)
  await expect(header).toHaveAttribute('aria-sort', 'ascending')
  await expect(view.table('Endpoints').getByRole('rowheader').first()).toHaveText('endpoint-59')
})

test('the rest of a ranking is one row, and the rows add up to the total', async ({ page }) => {
  await view.open('endpoints')
  const rows = view.table('Endpoints').getByRole('rowheader')
  await expect(rows).toHaveCount(52)
  await expect(rows.nth(50)).toHaveText('Other')
  await expect(rows.nth(51)).toHaveText('Total')
  const texts = await view.columnTexts('Endpoints', 'Requests')
  const numbers = texts.map((text) => Number(text.replaceAll(',', '')))
  expect(numbers).toHaveLength(52)
  expect(numbers.slice(0, 51).reduce((sum, value) => sum + value, 0)).toBe(numbers[51])
  await expect(page.getByText(/in other environments or data modes/)).toBeVisible()
})

test('the CSV of every table has the rows of the screen and their numbers', async ({ page }) => {
  const tables = {
    overview: ['What moved'],
    endpoints: ['Endpoints'],
    users: ['Users'],
    prompts: ['Prompt versions'],
    providers: ['Providers', 'Provider by endpoint', 'Models'],
  }
  for (const [name, captions] of Object.entries(tables)) {
    await view.open(name)
    for (const caption of captions) {
      const link = page.getByRole('link', { name: `${caption} as CSV`, exact: true })
      const file = await page.request.get((await link.getAttribute('href')) ?? '', { maxRetries: 3 })
      const rows: Record<string, string>[] = parse(await file.text(), { columns: true, bom: true })
      const headers = await view.table(caption).getByRole('rowheader').allInnerTexts()
      const named = headers.slice(0, -1)
      const first = Object.keys(rows[0] ?? {})[0] ?? ''
      expect([caption, rows.map((row) => row[first]).sort()]).toEqual([caption, [...named].sort()])
      const exact = (await view.columnTitles(caption, 'Spend')).slice(0, -1)
      const spend = rows.map((row) => (row.spend === '' ? null : Number(row.spend)))
      const shown = exact.map((title) => (title.startsWith('$') ? Number(title.replace(/[$,]/g, '')) : null))
      expect([caption, [...spend].sort()]).toEqual([caption, [...shown].sort()])
    }
  }
})

test('a number leads to a page that says the same number', async ({ page }) => {
  const places = [
    ['endpoints', 'Endpoints', 'endpoint-04'],
    ['endpoints', 'Endpoints', 'Total'],
    ['users', 'Users', 'u_07'],
    ['providers', 'Providers', 'anthropic'],
    ['overview', 'What moved', 'endpoint-00'],
  ] as const
  for (const [name, table, row] of places) {
    await view.open(name)
    const column = await view.columnIndex(table, 'Requests')
    const cell = view
      .row(table, row)
      .getByRole('cell')
      .nth(column - 1)
    const requests = (await cell.textContent()) ?? ''
    await cell.getByRole('link').click()
    await expect(page.getByRole('heading', { level: 1, name: 'Requests' })).toBeVisible()
    await expect(view.headline('Requests')).toHaveText(requests)
  }
})

test('a headline number leads to a page that says the same number', async ({ page }) => {
  for (const label of ['Spend', 'Requests', 'Fallback ratio', 'Retry ratio'] as const) {
    await view.open('overview')
    const value = (await view.headline(label).textContent()) ?? ''
    await view.headline(label).getByRole('link').click()
    await expect(page.getByRole('heading', { level: 1, name: 'Overview' })).toHaveCount(0)
    await expect(view.headline(label)).toHaveText(value)
  }
})

test('without a comparison no change is shown', async ({ page }) => {
  await view.open('endpoints', '?compare=none')
  await expect(view.table('Endpoints').getByRole('columnheader', { name: 'Change' })).toHaveCount(0)
  await expect(page.getByText('not compared').first()).toBeVisible()
})

test('the calendar chooses whole days', async ({ page }) => {
  await view.open('overview')
  await page.getByRole('button', { name: /^Range:/ }).click()
  const calendar = page.getByRole('dialog', { name: 'Range' })
  await calendar.getByRole('button', { name: /previous month/i }).click()
  await calendar.getByRole('button', { name: / 10th,/ }).click()
  await calendar.getByRole('button', { name: / 12th,/ }).click()
  await calendar.getByRole('button', { name: 'Apply' }).click()
  await expect(page).toHaveURL(/range=\d{4}-\d{2}-10\.\.\d{4}-\d{2}-13/)
  await expect(page.getByRole('button', { name: /^Range: Dates, 10–12 / })).toBeVisible()
})

test('the workspace switcher keeps the page and the range', async ({ page }) => {
  await view.open('users', '?range=7d')
  await page.getByRole('button', { name: 'Workspace: Many' }).click()
  await page.getByRole('menuitemradio', { name: 'Shop' }).click()
  await expect(page).toHaveURL(/\/w\/e2e-shop\/users\?range=7d/)
  await expect(page.getByRole('button', { name: 'Workspace: Shop' })).toBeVisible()
})

test('a choice that is made before the page listens is heard once it does', async ({ page }) => {
  let release = () => {}
  const released = new Promise<void>((resolve) => {
    release = resolve
  })
  await page.route(/\/_next\/static\/.*\.js/, async (route) => {
    await released
    await route.continue()
  })
  await page.goto('/w/e2e-shop/endpoints', { waitUntil: 'commit' })
  await page.getByRole('combobox', { name: 'Spend' }).selectOption('With fixed costs')
  await expect(page).not.toHaveURL(/costView/)
  release()
  await expect(page).toHaveURL(/costView=usageAndFixed/)
})

test('a chosen theme stays', async ({ page }) => {
  await view.open('overview')
  await page.getByRole('button', { name: 'Theme: System' }).click()
  const [saved] = await Promise.all([
    page.waitForResponse((response) => 'next-action' in response.request().headers()),
    page.getByRole('menuitemradio', { name: 'Dark' }).click(),
  ])
  expect(saved.ok()).toBe(true)
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark')
  await page.reload()
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark')
})

test('signing out ends the session', async ({ browser }) => {
  const context = await browser.newContext({ storageState: SIGNED_OUT })
  const page = await context.newPage()
  await new SignInPage(page).signInAs('ada@example.com')
  await new ConsolePage(page, 'e2e-many').open('overview')
  await page.getByRole('button', { name: 'Account: Ada' }).click()
  await page.getByRole('menuitem', { name: 'Sign out' }).click()
  await expect(page).toHaveURL(/\/sign-in/)
  await page.goto('/w/e2e-many/overview')
  await expect(page).toHaveURL(/\/sign-in\?callbackUrl=/)
  await context.close()
})

test('every page shows its numbers without a script', async ({ browser }) => {
  const context = await browser.newContext({ javaScriptEnabled: false })
  const plain = await context.newPage()
  for (const name of PAGE_NAMES) {
    await plain.goto(`/w/e2e-many/${name}`)
    // Data health counts, it prices nothing.
    if (name !== 'health') await expect(plain.getByText(/^\$\d/).first()).toBeVisible()
    await expect(plain.getByRole('rowheader').first()).toBeVisible()
    await expect(plain.getByText('Loading')).toHaveCount(0)
  }
  await context.close()
})

test('an event that arrives shows on an open page, which stays where it is', async ({ page, request }) => {
  const live = new ConsolePage(page, 'e2e-live')
  const send = async (externalRequestId: string) => {
    const response = await request.post('/v1/events', {
      headers: { authorization: 'Bearer fk_e2e0000000000000000000000000live' },
      data: {
        externalRequestId,
        attempt: 1,
        provider: 'openai',
        model: 'gpt-4o-2024-08-06',
        endpointTag: 'chat',
        inputTokens: 1000,
        outputTokens: 100,
        status: 'success',
        environment: 'prod',
        dataMode: 'real',
      },
    })
    expect(response.status()).toBe(200)
  }
  await send('live-1')
  await page.setViewportSize({ width: 1000, height: 500 })
  await live.open('overview')
  await expect(live.headline('Requests')).toHaveText('1')
  const freshness = page.getByText(/^newest event/)
  const before = (await freshness.textContent()) ?? ''
  const stack = page.getByLabel('Stack by')
  await stack.focus()
  await page.evaluate(() => window.scrollTo(0, 160))
  await send('live-2')
  await expect(live.headline('Requests')).toHaveText('2', { timeout: 5_000 })
  await expect(live.headline('Spend')).toHaveText('$0.007')
  await expect(freshness).not.toHaveText(before)
  await expect(stack).toBeFocused()
  expect(await page.evaluate(() => window.scrollY)).toBe(160)
})
