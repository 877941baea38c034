import { createServer } from 'node:http'
import { expect, type Page, test } from '@playwright/test'
import { SMTPServer } from 'smtp-server'
import { Webhook } from 'standardwebhooks'
import { z } from 'zod'
import { expectAccessible } from './fixtures/expect-accessible'
import { SIGNED_OUT, SignInPage } from './pages/sign-in-page'

/**
 * The guarantee: whoever runs a workspace sets a channel and a path from the screen, tries them with a drill, gets the
 * messages, acknowledges by the link in one of them, and nobody else is told.
 */

test.use({ storageState: SIGNED_OUT })
test.describe.configure({ mode: 'serial', timeout: 240_000 })

const W = '/w/e2e-alerts'
const dialog = (page: Page) => page.getByRole('dialog')
const received: { headers: Record<string, string>; body: string }[] = []
const mails: string[] = []

const hooks = createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    const headers = z.record(z.string(), z.string().or(z.array(z.string()))).parse(request.headers)
    received.push({
      headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)])),
      body: Buffer.concat(chunks).toString('utf8'),
    })
    response.writeHead(204).end()
  })
})

const mailServer = new SMTPServer({
  authOptional: true,
  disabledCommands: ['STARTTLS'],
  onData: (stream, _session, callback) => {
    const chunks: Buffer[] = []
    stream.on('data', (chunk: Buffer) => chunks.push(chunk))
    stream.on('end', () => {
      const mail = Buffer.concat(chunks).toString('utf8').replace(/=\r\n/g, '').replace(/=3D/g, '=')
      // Every workspace of the instance sends its mail here.
      if (mail.includes(W)) mails.push(mail)
      callback()
    })
  },
})

test.beforeAll(async () => {
  await new Promise<void>((resolve) => hooks.listen(0, '127.0.0.1', () => resolve()))
  await new Promise<void>((resolve) =>
    mailServer.listen(Number(process.env.E2E_MAIL_PORT), '127.0.0.1', () => resolve()),
  )
})

test.afterAll(async () => {
  await new Promise<void>((resolve) => hooks.close(() => resolve()))
  await new Promise<void>((resolve) => mailServer.close(resolve))
})

let secret = ''

test('a channel is added, tested and logged; a private address is refused', async ({ page }) => {
  await new SignInPage(page).signInAs('olive@example.com')
  await page.goto(`${W}/settings/alerting`)
  await expect(page.getByText('There is no escalation path.')).toBeVisible()

  await page.getByRole('button', { name: 'Add channel' }).click()
  await dialog(page).getByLabel('Name').fill('ops hook')
  await dialog(page).getByLabel('Kind').selectOption('webhook')
  await dialog(page).getByLabel('Address').fill('https://169.254.169.254/latest/meta-data')
  await dialog(page).getByRole('button', { name: 'Add channel' }).click()
  await expect(dialog(page).getByText('The address is not public.')).toBeVisible()
  const { port } = z.object({ port: z.number() }).parse(hooks.address())
  await dialog(page).getByLabel('Address').fill(`http://127.0.0.1:${port}/hook`)
  await dialog(page).getByRole('button', { name: 'Add channel' }).click()
  const shown = dialog(page).getByRole('region', { name: 'Signing secret, shown only now' })
  secret = (await shown.textContent()) ?? ''
  expect(secret).toMatch(/^whsec_/)
  await expectAccessible(page)
  await page.keyboard.press('Escape')

  await page.getByRole('button', { name: 'Test ops hook' }).click()
  await dialog(page).getByRole('button', { name: 'Send a test' }).click()
  await expect.poll(() => received.length, { timeout: 20_000 }).toBe(1)
  const [first] = received
  expect(new Webhook(secret).verify(first?.body ?? '', first?.headers ?? {})).toMatchObject({ type: 'channel.test' })
  await expect(async () => {
    await page.reload()
    await expect(page.getByRole('region', { name: 'Deliveries' }).getByText('HTTP 204')).toBeVisible()
  }).toPass({ timeout: 20_000 })
})

test('a path is drilled, acknowledged by the link of its message, and stops', async ({ page, browser, request }) => {
  await new SignInPage(page).signInAs('olive@example.com')
  await page.goto(`${W}/settings/alerting`)
  await page.getByRole('button', { name: 'Add path' }).click()
  await dialog(page).getByLabel('Name').fill('Day and night')
  await dialog(page).getByLabel('Whom step 1 tells').selectOption('role:owner')
  await dialog(page).getByRole('button', { name: 'Add step' }).click()
  await dialog(page).getByLabel('Whom step 2 tells').selectOption({ label: 'channel ops hook' })
  await dialog(page).getByLabel('Minutes after which step 2 runs').fill('5')
  await expectAccessible(page)
  await dialog(page).getByRole('button', { name: 'Save path' }).click()
  await expect(dialog(page).getByText('Saved.')).toBeVisible()
  await page.keyboard.press('Escape')
  const paths = page.getByRole('region', { name: 'Escalation paths' })
  await expect(paths.getByText('at once: everybody who is owner')).toBeVisible()
  await expectAccessible(page)

  await page.getByRole('button', { name: 'Drill Day and night' }).click()
  await dialog(page).getByRole('button', { name: 'Run the drill' }).click()
  await expect.poll(() => mails.length, { timeout: 20_000 }).toBe(1)
  expect(mails[0]).toContain('Subject: [DRILL] Firing, info: drill of the escalation path of Alerting')
  const link = /Acknowledge: (http\S+)/.exec(mails[0] ?? '')?.[1] ?? ''

  await page.goto(`${W}/alerts`)
  await expect(page.getByRole('navigation', { name: 'Pages' }).first()).toContainText('1 firing')
  const inbox = page.getByRole('region', { name: 'Alerts', exact: true })
  await expect(inbox.getByText('firing')).toBeVisible()
  await expectAccessible(page)

  // A program that follows links acknowledges nothing.
  await request.get(link)
  await page.reload()
  await expect(inbox.getByText('firing')).toBeVisible()

  const phone = await browser.newContext({ storageState: SIGNED_OUT })
  const other = await phone.newPage()
  await other.goto(link)
  await expect(other.getByRole('heading', { name: 'Acknowledge this alert?' })).toBeVisible()
  await expectAccessible(other)
  await other.getByRole('button', { name: 'Acknowledge' }).click()
  await expect(other.getByText('Acknowledged by Olive')).toBeVisible()
  await phone.close()

  await page.reload()
  await expect(inbox.getByText('acknowledged', { exact: true })).toBeVisible()
  await inbox.getByRole('link', { name: /^drill of the escalation path/ }).click()
  await expect(page.getByText('Acknowledged by Olive by the link of a message: the escalation stops')).toBeVisible()
  await expect(page.getByText('Step 1: telling Olive')).toBeVisible()
  await expectAccessible(page)
  // Only the test of the channel: the second step was never run.
  expect(received).toHaveLength(1)

  await page.getByRole('button', { name: 'Resolve' }).click()
  await dialog(page).getByRole('button', { name: 'Resolve' }).click()
  await expect(page.getByText(/^Resolved: by Olive/)).toBeVisible()
  await expect.poll(() => mails.length, { timeout: 20_000 }).toBe(2)
  expect(mails[1]).toContain('Subject: [DRILL] Resolved')

  const answer = await request.get('/v1/alerts?state=resolved', {
    headers: { 'x-api-key': 'fk_e2e0000000000000000000000000alert' },
  })
  expect(await answer.json()).toMatchObject({ alerts: [{ state: 'resolved', isDrill: true, acknowledgedBy: 'Olive' }] })
})

test('alerts are silenced for maintenance, and the silence ended', async ({ page }) => {
  await new SignInPage(page).signInAs('olive@example.com')
  await page.goto(`${W}/settings/alerting`)
  await page.getByRole('button', { name: 'Silence' }).click()
  await dialog(page).getByLabel('Why').fill('load test')
  await dialog(page).getByRole('button', { name: 'Silence' }).click()
  await expect(dialog(page).getByText('Silenced.')).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(page.getByText('load test')).toBeVisible()
  await page.getByRole('button', { name: 'End the silence load test' }).click()
  await dialog(page).getByRole('button', { name: 'End' }).click()
  await expect(page.getByText('Nothing is silenced.')).toBeVisible()
  await page.getByLabel('Quiet from').fill('22:00')
  await page.getByLabel('to', { exact: true }).fill('07:00')
  await page.getByLabel('Holidays').fill('no day')
  await page.getByRole('button', { name: 'Save quiet time' }).click()
  await expect(page.getByText('does not begin with a day')).toBeVisible()
  await page.getByLabel('Holidays').fill('2026-12-25 Christmas')
  await page.getByRole('button', { name: 'Save quiet time' }).click()
  await expect(page.getByLabel('Quiet from')).toHaveValue('22:00')
})

test('a budget set in the browser is crossed, told of by mail, acknowledged, and nobody else is told', async ({
  page,
  request,
}) => {
  const key = 'fk_e2e0000000000000000000000000alert'
  const told = mails.length
  await new SignInPage(page).signInAs('olive@example.com')
  await page.goto(`${W}/budgets`)
  await page.getByRole('button', { name: 'Create budget' }).click()
  await dialog(page).getByLabel('Name').fill('Checkout')
  await dialog(page).getByLabel('Amount in USD').fill('10')
  await dialog(page).getByLabel('At % of the amount spent').fill('100')
  await dialog(page).getByLabel('At % of the amount forecast').fill('')
  await dialog(page).getByRole('button', { name: 'Create budget' }).click()
  await expect(dialog(page)).toBeHidden()

  const events = Array.from({ length: 12 }, (_, place) => ({
    externalRequestId: `crossing-${place}`,
    provider: 'openai',
    model: 'gpt-4o',
    inputTokens: 400_000,
    outputTokens: 0,
    endpointTag: 'checkout',
    environment: 'prod',
    dataMode: 'real',
  }))
  expect((await request.post('/v1/events', { headers: { 'x-api-key': key }, data: events.slice(0, 9) })).status()).toBe(
    200,
  )
  await page.reload()
  await expect(page.getByRole('region', { name: 'Budgets' })).toContainText('$9.00')
  expect(mails).toHaveLength(told)
  expect((await request.post('/v1/events', { headers: { 'x-api-key': key }, data: events })).status()).toBe(200)

  // Within 60 seconds of the event.
  await expect.poll(() => mails.length, { timeout: 60_000 }).toBe(told + 1)
  const mail = mails.at(-1) ?? ''
  expect(mail).toContain('Checkout')
  expect(mail).toContain('$12.00')
  expect(mail).toContain('checkout')
  const guard = await request.get('/v1/guard?endpointTag=checkout', { headers: { 'x-api-key': key } })
  expect(await guard.json()).toMatchObject({ decision: 'allow' })

  await page.goto(`${W}/alerts`)
  const inbox = page.getByRole('region', { name: 'Alerts', exact: true })
  await inbox.getByRole('link', { name: /Checkout/ }).click()
  await expect(page.getByText('Step 1: telling Olive')).toBeVisible()
  await page.getByRole('button', { name: 'Acknowledge' }).click()
  await expect(page.getByText(/Acknowledged by Olive.*: the escalation stops/)).toBeVisible()
  await expectAccessible(page)
  const open = await request.get('/v1/alerts?state=acknowledged', { headers: { 'x-api-key': key } })
  expect(await open.json()).toMatchObject({
    alerts: [{ state: 'acknowledged', source: 'budget', acknowledgedBy: 'Olive', isDrill: false }],
  })
  expect(received).toHaveLength(1)
})
