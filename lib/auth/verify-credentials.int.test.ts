import { randomUUID } from 'node:crypto'
import { eq, sql } from 'drizzle-orm'
import { beforeEach, describe, expect, it } from 'vitest'
import { postgres } from '@/db/postgres/client'
import { auditLog, signInAttempts, users } from '@/db/postgres/schema'
import { applyProvision } from '@/lib/auth/provision'
import { SIGN_IN_LIMIT } from '@/lib/auth/sign-in-limit'
import { verifyCredentials } from '@/lib/auth/verify-credentials'

const NOW_MS = Date.UTC(2026, 10, 1)
const PASSWORD = 'correct horse'
let email = ''
beforeEach(async () => {
  email = `ada-${randomUUID()}@example.com`
  await postgres().delete(signInAttempts)
  await applyProvision({ users: [{ email, name: 'Ada', password: PASSWORD }] })
})

const attempt = (change: { email?: unknown; password?: unknown; address?: string } = {}) =>
  verifyCredentials({ email, password: PASSWORD, address: '10.0.0.1', ...change }, NOW_MS)

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
    ['an e-mail with a NUL character', { email: 'ada\u0000@example.com' }],
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
    const refused = await attempt({ email: account(), address: '10.0.0.99' })
    expect(refused).toMatchObject({ ok: false, reason: 'rate_limited' })
    const seconds = refused.ok === false && refused.reason === 'rate_limited' ? refused.retryAfterSeconds : 0
    expect(seconds).toBeGreaterThan(14 * 60)
    expect(seconds).toBeLessThanOrEqual(15 * 60)
  })

  it('lets the account in again when the window is over', async () => {
    for (let failure = 0; failure < SIGN_IN_LIMIT; failure += 1) await attempt({ password: 'wrong' })
    expect(await attempt()).toMatchObject({ reason: 'rate_limited' })
    await postgres().update(signInAttempts).set({ expire: sql`now()` })
    expect(await attempt()).toMatchObject({ ok: true })
  })

  it('notes refusals, by name only for accounts that exist', async () => {
    const typed = `hunter2-${email}`
    await attempt({ password: 'wrong' })
    await attempt({ email: typed })
    const rows = await postgres().select().from(auditLog).where(eq(auditLog.action, 'session.refused'))
    expect(rows.filter(({ targetName }) => targetName === email)).toMatchObject([{ after: { address: '10.0.0.1' } }])
    expect(JSON.stringify(rows)).not.toContain(typed)
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
