import { randomUUID } from 'node:crypto'
import { eq, sql } from 'drizzle-orm'
import { TOTP } from 'otpauth'
import { beforeEach, describe, expect, it } from 'vitest'
import { postgres } from '@/db/postgres/client'
import { findLiveSession, listLiveSessions } from '@/db/postgres/queries/sessions'
import { findUserByEmail } from '@/db/postgres/queries/users'
import { findWorkspaceBySlug } from '@/db/postgres/queries/workspaces'
import { auditLog, memberships, oneTimeLinks, recoveryCodes, sessions, users } from '@/db/postgres/schema'
import { changePassword } from '@/lib/auth/change-password'
import { admitOidcPerson } from '@/lib/auth/oidc'
import {
  acceptInvitationAs,
  acceptInvitationAsNewUser,
  createInvitation,
  createPasswordResetLink,
  openOneTimeLink,
  resetPassword,
} from '@/lib/auth/one-time-links'
import { applyProvision } from '@/lib/auth/provision'
import {
  beginSecondFactor,
  confirmSecondFactor,
  readSecondFactor,
  renewRecoveryCodes,
  turnOffSecondFactor,
} from '@/lib/auth/second-factor'
import { SIGN_IN_LIMIT } from '@/lib/auth/sign-in-limit'
import { beginSession, endOtherSessions, endSession } from '@/lib/auth/user-sessions'
import { verifyCredentials, verifySecondFactor } from '@/lib/auth/verify-credentials'

const PASSWORD = 'correct horse battery'
const SYSTEM = { kind: 'system', name: 'test' } as const

let id = ''
let address = ''
let ada = { id: '', email: '', name: 'Ada' }
let workspaceId = 0

beforeEach(async () => {
  id = randomUUID().slice(0, 8)
  address = `test ${id}`
  const email = `ada-${id}@example.com`
  await applyProvision({
    workspaces: [{ slug: `w-${id}`, name: 'Shop' }],
    users: [{ email, name: 'Ada', password: PASSWORD }],
  })
  ada = { id: (await findUserByEmail(email))?.id ?? '', email, name: 'Ada' }
  workspaceId = (await findWorkspaceBySlug(`w-${id}`))?.id ?? 0
})

const begin = () => beginSession(ada, 'password', { address, userAgent: 'vitest' })
const signIn = (password: string, email = ada.email) => verifyCredentials({ email, password, address }, Date.now())
const tokenOf = (url: string) => url.split('/').at(-1) ?? ''
const disable = () => postgres().update(users).set({ disabledAt: sql`now()` }).where(eq(users.id, ada.id))
const actionsOf = async (userId: string) =>
  (await postgres().select().from(auditLog).where(eq(auditLog.targetId, userId)).orderBy(auditLog.id)).map(
    ({ action }) => action,
  )

describe('sessions', () => {
  it('hold until they are ended, each by itself', async () => {
    const [first, second] = [await begin(), await begin()]
    expect(await findLiveSession(first)).toMatchObject({ id: ada.id, sessionId: first, isOrganizationAdmin: false })
    expect(await listLiveSessions(ada.id)).toHaveLength(2)
    await endSession({ id: randomUUID(), email: 'eve@example.com' }, first, address)
    expect(await findLiveSession(first)).not.toBeNull()
    await endSession(ada, first, address)
    expect(await findLiveSession(first)).toBeNull()
    expect(await findLiveSession(second)).not.toBeNull()
    expect(await findLiveSession(randomUUID())).toBeNull()
    expect(await actionsOf(ada.id)).toEqual(['session.started', 'session.started', 'session.ended'])
  })

  it('end with their time, with the account, and when all others are signed out', async () => {
    const [first, second] = [await begin(), await begin()]
    await endOtherSessions(ada, second, address)
    expect([await findLiveSession(first), (await findLiveSession(second))?.sessionId]).toEqual([null, second])
    await disable()
    expect(await findLiveSession(second)).toBeNull()
    await postgres().update(users).set({ disabledAt: null }).where(eq(users.id, ada.id))
    await postgres().update(sessions).set({ expiresAt: sql`now()` }).where(eq(sessions.id, second))
    expect(await findLiveSession(second)).toBeNull()
  })

  it('end with the password: the others when it is changed, all when it is set from outside', async () => {
    const [mine, other] = [await begin(), await begin()]
    const user = { ...ada, sessionId: mine }
    const change = (present: string) => changePassword(user, { present, next: 'another long password' }, address)
    const link = tokenOf((await createPasswordResetLink(SYSTEM, ada.id)).url)
    await expect(change('wrong')).rejects.toMatchObject({ code: 'forbidden' })
    await change(PASSWORD)
    expect([(await findLiveSession(mine))?.sessionId, await findLiveSession(other)]).toEqual([mine, null])
    expect(await openOneTimeLink(link, 'password_reset')).toBeNull()
    expect(await signIn(PASSWORD)).toEqual({ ok: false, reason: 'invalid' })
    expect(await signIn('another long password')).toMatchObject({ ok: true })
    await applyProvision({ users: [{ email: ada.email, name: 'Ada', password: 'another long password' }] })
    expect(await findLiveSession(mine)).not.toBeNull()
    await applyProvision({ users: [{ email: ada.email, name: 'Ada', password: PASSWORD }] })
    expect(await findLiveSession(mine)).toBeNull()
    expect(await findLiveSession(await begin())).not.toBeNull()
  })
})

describe('one-time links', () => {
  it('set a password once, keep only a hash of the token, and end all sessions', async () => {
    const session = await begin()
    const { url, expiresAt } = await createPasswordResetLink(SYSTEM, ada.id)
    expect(url).toMatch(/^http:\/\/localhost:3000\/reset\/[\w-]{43}$/)
    expect(Math.abs(expiresAt.getTime() - Date.now() - 86_400_000)).toBeLessThan(60_000)
    const token = tokenOf(url)
    const stored = await postgres().select().from(oneTimeLinks).where(eq(oneTimeLinks.email, ada.email))
    expect(JSON.stringify(stored)).not.toContain(token)
    expect(await openOneTimeLink(token, 'password_reset')).toMatchObject({ userId: ada.id, email: ada.email })
    expect(await openOneTimeLink(token, 'invitation')).toBeNull()
    expect(await openOneTimeLink(`${token.slice(1)}A`, 'password_reset')).toBeNull()

    const uses = await Promise.allSettled(
      Array.from({ length: 5 }, (_, index) => resetPassword(token, `a new password ${index}`, address)),
    )
    expect(uses.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(await openOneTimeLink(token, 'password_reset')).toBeNull()
    expect(await findLiveSession(session)).toBeNull()
    expect(await signIn(PASSWORD)).toMatchObject({ ok: false })
    expect(await actionsOf(ada.id)).toEqual(
      expect.arrayContaining(['password_reset.created', 'password_reset.used', 'session.refused']),
    )
  })

  it('end when they expire, are replaced, or their account is disabled', async () => {
    const first = tokenOf((await createPasswordResetLink(SYSTEM, ada.id)).url)
    const second = tokenOf((await createPasswordResetLink(SYSTEM, ada.id)).url)
    expect(await openOneTimeLink(first, 'password_reset')).toBeNull()
    expect(await openOneTimeLink(second, 'password_reset')).not.toBeNull()
    await postgres().update(oneTimeLinks).set({ expiresAt: sql`now()` }).where(eq(oneTimeLinks.email, ada.email))
    await expect(resetPassword(second, 'a new password', address)).rejects.toMatchObject({ code: 'not_found' })
    const third = tokenOf((await createPasswordResetLink(SYSTEM, ada.id)).url)
    await disable()
    await expect(resetPassword(third, 'a new password', address)).rejects.toMatchObject({ code: 'not_found' })
    await expect(createPasswordResetLink(SYSTEM, ada.id)).rejects.toMatchObject({ code: 'not_found' })
  })

  it('bring in somebody new, once', async () => {
    const email = `Bob-${id}@Example.com`
    const { url } = await createInvitation(SYSTEM, { email, workspaceId, role: 'editor' })
    const join = () => acceptInvitationAsNewUser(tokenOf(url), { name: 'Bob', password: PASSWORD }, address)
    const uses = await Promise.allSettled([join(), join(), join()])
    expect(uses.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(await signIn(PASSWORD, email)).toMatchObject({ ok: true, user: { name: 'Bob' } })
    const bob = await findUserByEmail(email.toLowerCase())
    const given = await postgres()
      .select()
      .from(memberships)
      .where(eq(memberships.userId, bob?.id ?? ''))
    expect(given).toEqual([{ userId: bob?.id, workspaceId, role: 'editor' }])
  })

  it('bring in somebody known, only as the one who is meant, and take no role away', async () => {
    const { url } = await createInvitation(SYSTEM, { email: ada.email, workspaceId, role: 'admin' })
    const join = (user: typeof ada) => acceptInvitationAs(tokenOf(url), user, address)
    await expect(join({ ...ada, email: 'eve@example.com' })).rejects.toMatchObject({ code: 'forbidden' })
    const asNew = acceptInvitationAsNewUser(tokenOf(url), { name: 'Eve', password: PASSWORD }, address)
    await expect(asNew).rejects.toMatchObject({ code: 'conflict' })
    await join(ada)
    await expect(join(ada)).rejects.toMatchObject({ code: 'not_found' })
    const lower = await createInvitation(SYSTEM, { email: ada.email, workspaceId, role: 'viewer' })
    await acceptInvitationAs(tokenOf(lower.url), ada, address)
    const given = await postgres().select().from(memberships).where(eq(memberships.userId, ada.id))
    expect(given).toEqual([{ userId: ada.id, workspaceId, role: 'admin' }])
  })
})

describe('the second factor', () => {
  const codeAt = (secret: string, nowMs: number) =>
    new TOTP({ secret, algorithm: 'SHA1', digits: 6, period: 30 }).generate({ timestamp: nowMs })

  async function enrol(nowMs: number): Promise<{ secret: string; codes: string[] }> {
    await beginSecondFactor(ada)
    const pending = await readSecondFactor(ada)
    if (pending.state !== 'pending') throw new Error(pending.state)
    const codes = await confirmSecondFactor(ada, codeAt(pending.secret, nowMs), address, nowMs)
    return { secret: pending.secret, codes }
  }

  async function challenge(nowMs: number): Promise<string> {
    const result = await verifyCredentials({ email: ada.email, password: PASSWORD, address }, nowMs)
    if (result.ok || result.reason !== 'second_factor') throw new Error(JSON.stringify(result))
    return result.challenge
  }

  it('is on when a code has confirmed it, and its secret is kept sealed', async () => {
    const nowMs = Date.now()
    await beginSecondFactor(ada)
    expect(await signIn(PASSWORD)).toMatchObject({ ok: true })
    await expect(confirmSecondFactor(ada, '000000', address, nowMs)).rejects.toMatchObject({ code: 'invalid_body' })
    const { secret, codes } = await enrol(nowMs)
    expect(await signIn(PASSWORD)).toMatchObject({ ok: false, reason: 'second_factor' })
    expect(await readSecondFactor(ada)).toMatchObject({ state: 'on', recoveryCodesLeft: 10 })
    const stored = JSON.stringify([
      await postgres().select().from(users).where(eq(users.id, ada.id)),
      await postgres().select().from(recoveryCodes).where(eq(recoveryCodes.userId, ada.id)),
    ])
    for (const kept of [secret, ...codes]) expect(stored).not.toContain(kept)
    await expect(confirmSecondFactor(ada, codeAt(secret, nowMs), address, nowMs)).rejects.toMatchObject({
      code: 'conflict',
    })
  })

  it('takes each code once, and none after its challenge has expired', async () => {
    const nowMs = Date.now()
    const { secret } = await enrol(nowMs)
    const laterMs = nowMs + 60_000
    const proof = { challenge: await challenge(laterMs), code: codeAt(secret, laterMs), address }
    // The code that confirmed the enrolment is spent too.
    expect(await verifySecondFactor({ ...proof, code: codeAt(secret, nowMs) }, nowMs)).toMatchObject({ ok: false })
    expect(await verifySecondFactor(proof, laterMs)).toMatchObject({ ok: true, method: 'password+totp' })
    expect(await verifySecondFactor(proof, laterMs)).toEqual({ ok: false, reason: 'invalid' })
    const muchLaterMs = laterMs + 11 * 60_000
    const late = { ...proof, code: codeAt(secret, muchLaterMs) }
    expect(await verifySecondFactor(late, muchLaterMs)).toEqual({ ok: false, reason: 'invalid' })
    expect(await verifySecondFactor({ ...proof, challenge: 'made up' }, laterMs)).toMatchObject({ ok: false })
  })

  it('takes each recovery code once; renewed ones take their place', async () => {
    const { codes } = await enrol(Date.now())
    const use = async (code = '') =>
      verifySecondFactor({ challenge: await challenge(Date.now()), code, address }, Date.now())
    expect(await use(codes[0]?.toUpperCase())).toMatchObject({ ok: true, method: 'password+recovery' })
    expect(await use(codes[0])).toEqual({ ok: false, reason: 'invalid' })
    const renewed = await renewRecoveryCodes(ada, address)
    expect(await use(codes[1])).toEqual({ ok: false, reason: 'invalid' })
    expect(await use(renewed[1])).toMatchObject({ ok: true })
    await turnOffSecondFactor(ada, address)
    expect(await readSecondFactor(ada)).toEqual({ state: 'off' })
    expect(await signIn(PASSWORD)).toMatchObject({ ok: true })
  })

  it('counts wrong codes like wrong passwords, and knowing the password does not reset the count', async () => {
    const { secret } = await enrol(Date.now() - 60_000)
    const guess = async (code: string) => {
      const first = await verifyCredentials({ email: ada.email, password: PASSWORD, address }, Date.now())
      if (first.ok || first.reason !== 'second_factor') return first
      return verifySecondFactor({ challenge: first.challenge, code, address }, Date.now())
    }
    for (let failure = 0; failure < SIGN_IN_LIMIT; failure += 1) {
      expect(await guess('000000')).toEqual({ ok: false, reason: 'invalid' })
    }
    expect(await guess(codeAt(secret, Date.now()))).toMatchObject({ reason: 'rate_limited' })
  })
})

describe('single sign-on', () => {
  const admit = (profile: object, trust?: 'true') =>
    admitOidcPerson(profile, { FARTHING_OIDC_TRUST_EMAIL: trust }, address)

  it('knows people by verified address only', async () => {
    expect(await admit({ email: ada.email.toUpperCase(), email_verified: true })).toMatchObject({
      ok: true,
      user: { id: ada.id },
    })
    for (const verified of [undefined, false, 'false']) {
      expect(await admit({ email: ada.email, email_verified: verified })).toEqual({ ok: false, reason: 'unverified' })
    }
    expect(await admit({ email: ada.email }, 'true')).toMatchObject({ ok: true, user: { id: ada.id } })
    expect(await admit({ sub: '1' })).toEqual({ ok: false, reason: 'no_email' })
    await disable()
    expect(await admit({ email: ada.email, email_verified: true })).toEqual({ ok: false, reason: 'disabled' })
  })

  it('lets in whom an invitation waits for, and nobody else', async () => {
    const email = `carol-${id}@example.com`
    const profile = { email, email_verified: true, name: 'Carol' }
    expect(await admit(profile)).toEqual({ ok: false, reason: 'unknown' })
    expect(await findUserByEmail(email)).toBeNull()
    await createInvitation(SYSTEM, { email, workspaceId, role: 'viewer' })
    expect(await admit({ ...profile, email_verified: false })).toEqual({ ok: false, reason: 'unverified' })
    const admitted = await admit(profile)
    expect(admitted).toMatchObject({ ok: true, user: { email, name: 'Carol' } })
    expect(await findUserByEmail(email)).toMatchObject({ name: 'Carol', passwordHash: null })
    const given = await postgres().select().from(memberships).where(eq(memberships.workspaceId, workspaceId))
    expect(given).toMatchObject([{ role: 'viewer' }])
  })
})
