import { randomUUID } from 'node:crypto'
import { eq } from 'drizzle-orm'
import { beforeEach, describe, expect, it } from 'vitest'
import { postgres } from '@/db/postgres/client'
import { users } from '@/db/postgres/schema'
import { AttemptWindow } from '@/lib/auth/attempt-window'
import { applyProvision } from '@/lib/auth/provision'
import { SIGN_IN_LIMIT, SIGN_IN_WINDOW_MS, verifyCredentials } from '@/lib/auth/verify-credentials'

const NOW_MS = Date.UTC(2026, 10, 1)
const PASSWORD = 'correct horse'
let email = ''
let window = new AttemptWindow({ limit: SIGN_IN_LIMIT, windowMs: SIGN_IN_WINDOW_MS, maxKeys: 100 })

beforeEach(async () => {
  email = `ada-${randomUUID()}@example.com`
  window = new AttemptWindow({ limit: SIGN_IN_LIMIT, windowMs: SIGN_IN_WINDOW_MS, maxKeys: 100 })
  await applyProvision({ users: [{ email, name: 'Ada', password: PASSWORD }] })
})

const attempt = (change: { email?: unknown; password?: unknown; address?: string } = {}, nowMs = NOW_MS) =>
  verifyCredentials({ email, password: PASSWORD, address: '10.0.0.1', ...change }, nowMs, window)

describe('verifyCredentials', () => {
  it('knows the person by e-mail in any case and password', async () => {
    const result = await attempt({ email: ` ${email.toUpperCase()} ` })
    expect(result).toMatchObject({ ok: true, user: { email, name: 'Ada' } })
    expect(JSON.stringify(result)).not.toContain('argon2')
  })

  it('gives one answer to a wrong password, an unknown, a password-less and a disabled account', async () => {
    const passwordless = `bob-${email}`
    await applyProvision({ users: [{ email: passwordless, name: 'Bob' }] })
    const disabled = `eve-${email}`
    await applyProvision({ users: [{ email: disabled, name: 'Eve', password: PASSWORD }] })
    await postgres()
      .update(users)
      .set({ disabledAt: new Date(NOW_MS) })
      .where(eq(users.email, disabled))
    const invalid = { ok: false, reason: 'invalid' }
    expect(await attempt({ password: 'Correct horse' })).toEqual(invalid)
    expect(await attempt({ email: `nobody-${email}` })).toEqual(invalid)
    expect(await attempt({ email: passwordless })).toEqual(invalid)
    expect(await attempt({ email: passwordless, password: 'no account has this password' })).toEqual(invalid)
    expect(await attempt({ email: disabled })).toEqual(invalid)
  })

  it.each([
    ['no e-mail', { email: undefined }],
    ['no password', { password: '' }],
    ['a file for a password', { password: { size: 3 } }],
    ['a book for a password', { password: 'x'.repeat(100_000) }],
    ['a statement for an e-mail', { email: `' OR 1=1 --` }],
  ])('refuses %s', async (_what, change) => {
    expect(await attempt(change)).toEqual({ ok: false, reason: 'invalid' })
  })

  it.each([
    ['known', () => email],
    ['unknown', () => `nobody-${email}`],
  ])('makes a %s account wait after ten failures, from wherever they come', async (_what, account) => {
    for (let failure = 0; failure < SIGN_IN_LIMIT; failure += 1) {
      const result = await attempt({ email: account(), password: 'wrong', address: `10.0.0.${failure}` })
      expect(result).toEqual({ ok: false, reason: 'invalid' })
    }
    expect(await attempt({ email: account(), address: '10.0.0.99' }, NOW_MS + 60_000)).toEqual({
      ok: false,
      reason: 'rate_limited',
      retryAfterSeconds: 14 * 60,
    })
  })

  it('lets the account in again when the window is over', async () => {
    for (let failure = 0; failure < SIGN_IN_LIMIT; failure += 1) await attempt({ password: 'wrong' })
    expect(await attempt({}, NOW_MS + SIGN_IN_WINDOW_MS - 1)).toMatchObject({ reason: 'rate_limited' })
    expect(await attempt({}, NOW_MS + SIGN_IN_WINDOW_MS)).toMatchObject({ ok: true })
  })

  it('makes an address wait that fails on ten accounts, and not the others', async () => {
    for (let failure = 0; failure < SIGN_IN_LIMIT; failure += 1) {
      await attempt({ email: `${failure}-${email}`, password: 'wrong' })
    }
    expect(await attempt()).toMatchObject({ ok: false, reason: 'rate_limited' })
    expect(await attempt({ address: '10.0.0.2' })).toMatchObject({ ok: true })
  })

  it('checks no more than ten of fifty parallel guesses', async () => {
    const results = await Promise.all(Array.from({ length: 50 }, () => attempt({ password: 'wrong' })))
    expect(results.filter((result) => !result.ok && result.reason === 'invalid')).toHaveLength(SIGN_IN_LIMIT)
  })

  it('does not count successes', async () => {
    for (let success = 0; success < 2 * SIGN_IN_LIMIT; success += 1) expect(await attempt()).toMatchObject({ ok: true })
  })
})
