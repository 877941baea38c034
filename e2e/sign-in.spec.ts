import { type BrowserContext, expect, test } from '@playwright/test'
import { OAuth2Server } from 'oauth2-mock-server'
import { TOTP } from 'otpauth'
import { expectAccessible } from './fixtures/expect-accessible'
import { addLink, addPerson, askStore, ownAddress } from './fixtures/people'
import { PAGE_NAMES } from './pages/console-page'
import { PASSWORD, SIGNED_OUT, SignInPage } from './pages/sign-in-page'

/** The guarantee: only who proves who they are gets in, and only for as long as they should. */

test.use({ storageState: SIGNED_OUT })

test.beforeEach(async ({ context }) => {
  await context.setExtraHTTPHeaders(ownAddress())
})

const OVERVIEW = '/w/e2e-shop/overview'

/** The status of a question to the browser's API, with the cookies of a context: 400 means let in, but asked nothing. */
async function statusOfApi(context: BrowserContext, workspace = 'e2e-shop'): Promise<number> {
  const response = await context.request.post(`/api/w/${workspace}/query`, { data: {} })
  return response.status()
}

test('a wrong password says no more than an unknown account, and the right one comes back to the page', async ({
  page,
}) => {
  const { email } = await addPerson()
  const signIn = new SignInPage(page)
  for (const account of [email, `nobody-${email}`]) {
    await signIn.signIn(account, 'wrong password')
    await expect(page.getByRole('main').getByRole('alert')).toHaveText('Email or password is wrong.')
  }
  await page.goto('/w/e2e-shop/users?range=last-7-days')
  await expect(page).toHaveURL(/\/sign-in\?callbackUrl=/)
  await page.getByLabel('Email').fill(email)
  await page.getByLabel('Password').fill(PASSWORD)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(page).toHaveURL(/\/w\/e2e-shop\/users\?range=last-7-days/)
})

test('ten failures make an account wait, known or not, on the page and at the endpoint', async ({ page, request }) => {
  const { email } = await addPerson()
  for (const account of [email, `nobody-${email}`]) {
    const { csrfToken } = await (await request.get('/api/auth/csrf')).json()
    const post = () =>
      request.post('/api/auth/callback/credentials', {
        form: { csrfToken, email: account, password: 'wrong' },
        headers: ownAddress(),
        maxRedirects: 0,
      })
    for (let failure = 0; failure < 10; failure += 1) expect((await post()).status()).toBe(302)
    const refused = await post()
    expect(refused.status()).toBe(429)
    expect(Number(refused.headers()['retry-after'])).toBeGreaterThan(800)
    await new SignInPage(page).signIn(account, PASSWORD)
    await expect(page.getByRole('main').getByRole('alert')).toHaveText(
      'Too many failed attempts. Try again in 15 minutes.',
    )
  }
})

test('signing out kills copies of the cookie; disabling and a lost role hold at once', async ({
  page,
  browser,
  baseURL,
}) => {
  const person = await addPerson()
  await new SignInPage(page).signInAs(person.email)
  const thief = await browser.newContext({ baseURL, storageState: await page.context().storageState() })
  expect(await statusOfApi(thief)).toBe(400)
  await page.getByRole('button', { name: 'Account: Pat' }).click()
  await page.getByRole('menuitem', { name: 'Sign out' }).click()
  await expect(page).toHaveURL(/\/sign-in$/)
  expect(await statusOfApi(thief)).toBe(401)
  expect(await (await thief.request.get('/api/auth/session')).json()).toBeNull()
  await thief.close()

  await new SignInPage(page).signInAs(person.email)
  expect(await statusOfApi(page.context())).toBe(400)
  await askStore('DELETE FROM memberships WHERE user_id = $1', [person.id])
  expect(await statusOfApi(page.context())).toBe(404)
  expect((await page.goto(OVERVIEW))?.status()).toBe(404)
  await askStore('UPDATE users SET disabled_at = now() WHERE id = $1', [person.id])
  expect(await statusOfApi(page.context())).toBe(401)
  await new SignInPage(page).signIn(person.email, PASSWORD)
  await expect(page.getByRole('main').getByRole('alert')).toHaveText('Email or password is wrong.')
})

test('a second factor is set up, asked for, and replaced by a recovery code', async ({ page }) => {
  const { email } = await addPerson()
  await new SignInPage(page).signInAs(email)
  await page.getByRole('button', { name: 'Account: Pat' }).click()
  await page.getByRole('menuitem', { name: 'Password and security' }).click()
  await page.getByRole('button', { name: 'Turn on' }).click()
  await expect(page.getByRole('img', { name: 'QR code' })).toBeVisible()
  await expectAccessible(page)
  const secret = (await page.locator('code').textContent())?.replaceAll(' ', '') ?? ''
  const totp = new TOTP({ secret, algorithm: 'SHA1', digits: 6, period: 30 })
  await page.getByLabel('Code', { exact: true }).fill(totp.generate())
  await page.getByRole('button', { name: 'Confirm' }).click()
  const shownCodes = page.getByRole('list', { name: 'Recovery codes' }).getByRole('listitem')
  await expect(shownCodes).toHaveCount(10)
  const codes = await shownCodes.allInnerTexts()
  await expectAccessible(page)

  await page.context().clearCookies()
  const signIn = new SignInPage(page)
  await signIn.signIn(email, PASSWORD)
  // The code that confirmed is spent, but the next one is right already.
  await page.getByLabel('Code', { exact: true }).fill(totp.generate({ timestamp: Date.now() + 30_000 }))
  await page.getByRole('button', { name: 'Continue', exact: true }).click()
  await page.waitForURL('**/w/**')

  await page.context().clearCookies()
  await signIn.signIn(email, PASSWORD)
  await page.getByLabel('Code', { exact: true }).fill('000000')
  await page.getByRole('button', { name: 'Continue', exact: true }).click()
  await expect(page.getByRole('main').getByRole('alert')).toContainText('This code is wrong')
  await expectAccessible(page)
  await page.getByLabel('Code', { exact: true }).fill(codes[0] ?? '')
  await page.getByRole('button', { name: 'Continue', exact: true }).click()
  await page.waitForURL('**/w/**')
})

test('a password change ends the other sessions; a reset link works once', async ({ page, browser, baseURL }) => {
  const person = await addPerson()
  await new SignInPage(page).signInAs(person.email)
  const other = await browser.newContext({ baseURL, extraHTTPHeaders: ownAddress(), storageState: SIGNED_OUT })
  await new SignInPage(await other.newPage()).signInAs(person.email)
  await page.goto('/account/security')
  await expect(page.getByRole('button', { name: 'Sign out everywhere else' })).toBeVisible()
  await page.getByLabel('Present password').first().fill(PASSWORD)
  await page.getByLabel('New password').fill('another long password')
  await page.getByRole('button', { name: 'Change password' }).click()
  await expect(page.getByText('Your password is changed')).toBeVisible()
  expect([await statusOfApi(other), await statusOfApi(page.context())]).toEqual([401, 400])
  await other.close()

  const token = await addLink({ kind: 'password_reset', email: person.email, userId: person.id })
  const answer = await page.goto(`/reset/${token}`)
  expect(answer?.headers()['referrer-policy']).toBe('no-referrer')
  await expectAccessible(page)
  await page.getByLabel('New password').fill('yet another password')
  await page.getByRole('button', { name: 'Set password' }).click()
  await expect(page.getByText('Your password is set.')).toBeVisible()
  expect(await statusOfApi(page.context())).toBe(401)
  await page.goto(`/reset/${token}`)
  await expect(page.getByRole('heading', { name: 'This link does not work any more' })).toBeVisible()
})

test('an invitation brings somebody in', async ({ page }) => {
  const email = `new-${Date.now()}@example.com`
  const token = await addLink({ kind: 'invitation', email })
  await page.goto(`/invitation/${token}`)
  await expect(page.getByRole('heading', { name: 'Join Shop' })).toBeVisible()
  await expectAccessible(page)
  await page.getByLabel('Your name').fill('Nia')
  await page.getByLabel('Password').fill(PASSWORD)
  await page.getByRole('button', { name: 'Create account and join' }).click()
  await expect(page).toHaveURL(/\/w\/e2e-shop\/overview/)
  await page.goto(`/invitation/${token}`)
  await expect(page.getByRole('heading', { name: 'This invitation does not work any more' })).toBeVisible()
})

test('single sign-on lets in who has an account or an invitation, by verified address', async ({ page, context }) => {
  const server = new OAuth2Server()
  await server.issuer.keys.generate('RS256')
  await server.start(Number(process.env.E2E_ISSUER_PORT), 'localhost')
  const claims = { email: '', email_verified: true as boolean | undefined, name: 'Sam' }
  let challenge: string | undefined
  server.service.on('beforeTokenSigning', (token: { payload: object }) => Object.assign(token.payload, claims))
  server.service.on('beforeUserinfo', (response: { body: object }) => Object.assign(response.body, claims))
  server.service.on('beforeAuthorizeRedirect', (redirect: { url: URL }) => {
    challenge = redirect.url.searchParams.get('state') ?? undefined
  })
  const enter = async () => {
    await context.clearCookies()
    await page.goto(`/sign-in?callbackUrl=${encodeURIComponent('/w/e2e-shop/users')}`)
    await page.getByRole('button', { name: 'Continue with Acme SSO' }).click()
  }
  try {
    const known = await addPerson()
    claims.email = known.email.toUpperCase()
    await enter()
    await expect(page).toHaveURL(/\/w\/e2e-shop\/users/)
    expect(challenge?.length).toBeGreaterThan(20)
    expect(await askStore('SELECT method FROM sessions WHERE user_id = $1', [known.id])).toEqual([{ method: 'oidc' }])

    claims.email_verified = false
    await enter()
    await expect(page.getByRole('main').getByRole('alert')).toContainText('is verified')
    claims.email_verified = true
    claims.email = `sam-${known.email}`
    await enter()
    await expect(page.getByRole('main').getByRole('alert')).toContainText('You have no account here')
    await addLink({ kind: 'invitation', email: claims.email })
    await enter()
    await expect(page).toHaveURL(/\/w\/e2e-shop\/users/)
    await askStore('UPDATE users SET disabled_at = now() WHERE email = $1', [claims.email])
    await enter()
    await expect(page.getByRole('main').getByRole('alert')).toContainText('Your account is disabled')
  } finally {
    await server.stop()
  }
})

test('no callback address leads away', async ({ page, request, baseURL }) => {
  const { email } = await addPerson()
  for (const target of [
    '//evil.example',
    '/\\evil.example',
    '/%5Cevil.example/..//evil.example',
    'javascript:alert(1)',
    'https://evil.example',
  ]) {
    await page.context().clearCookies()
    await page.goto(`/sign-in?callbackUrl=${encodeURIComponent(target)}`)
    await page.getByLabel('Email').fill(email)
    await page.getByLabel('Password').fill(PASSWORD)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.waitForURL((url) => url.pathname !== '/sign-in')
    expect(new URL(page.url()).origin).toBe(baseURL)
  }
  const redirected = await request.get('/', {
    headers: { host: 'evil.example', 'x-forwarded-host': 'evil.example' },
    maxRedirects: 0,
  })
  expect(redirected.status()).toBe(307)
  expect(redirected.headers().location).not.toContain('evil')
})

test('headers that pretend to come from inside show nothing', async ({ request }) => {
  const pretences: Record<string, string>[] = [
    { 'x-middleware-subrequest': 'proxy:proxy:proxy:proxy:proxy' },
    { 'x-middleware-subrequest': 'src/proxy:src/proxy:src/proxy:src/proxy:src/proxy' },
    { rsc: '1', 'next-router-prefetch': '1' },
    { 'next-action': '0000000000000000000000000000000000000000' },
  ]
  for (const headers of pretences) {
    for (const path of [OVERVIEW, '/account/security']) {
      const response = await request.get(path, { headers, maxRedirects: 0 })
      expect([307, 404]).toContain(response.status())
      expect(await response.text()).not.toContain('Shop')
    }
  }
})

test('pages carry a policy that every script of theirs keeps, and nobody else stores them', async ({ page }) => {
  const person = await addPerson()
  const problems: string[] = []
  page.on('console', (message) => {
    if (/content security policy|refused to/i.test(message.text())) problems.push(message.text())
  })
  const open = async (path: string) => {
    const headers = (await page.goto(path))?.headers() ?? {}
    await page.waitForLoadState('networkidle')
    const policy = headers['content-security-policy'] ?? ''
    expect(policy, path).toMatch(/script-src 'self' 'nonce-[\w+/=]{30,}' 'strict-dynamic';/)
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).not.toContain('unsafe-eval')
    expect(headers['cache-control'], path).toContain('no-store')
    expect(headers['permissions-policy']).toContain('camera=()')
    expect(headers).not.toHaveProperty('strict-transport-security')
    return /nonce-([\w+/=]+)/.exec(policy)?.[1]
  }
  const nonces = [await open('/sign-in'), await open('/sign-in')]
  expect(new Set(nonces).size).toBe(2)
  await new SignInPage(page).signInAs(person.email)
  for (const name of PAGE_NAMES) await open(`/w/e2e-shop/${name}`)
  await open('/account/security')
  await expectAccessible(page)
  await page.setViewportSize({ width: 390, height: 844 })
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390)
  expect(problems).toEqual([])
})

test('other sites cannot sign anybody in or out', async ({ request }) => {
  for (const path of ['/api/auth/callback/credentials', '/api/auth/signout', '/api/auth/signin/oidc']) {
    const response = await request.post(path, { form: { email: 'a' }, headers: { origin: 'https://evil.example' } })
    expect(response.status()).toBe(403)
    const flood = await request.post(path, { form: { email: 'a'.repeat(100_000) }, maxRetries: 3 })
    expect(flood.status()).toBe(413)
  }
  expect((await request.get('/set-up', { maxRedirects: 0 })).headers().location).toMatch(/\/sign-in$/)
})
