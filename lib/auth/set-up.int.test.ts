import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { type Engines, startEngines } from '@/db/embedded/start-engines'
import { closePostgres, postgres } from '@/db/postgres/client'
import { migratePostgres } from '@/db/postgres/migrate'
import { memberships, users, workspaces } from '@/db/postgres/schema'
import { isSetUp, isSetUpToken, setUp, setUpUrl } from '@/lib/auth/set-up'

/** Set-up happens in a store without anybody, so it gets one of its own. */
const dataDir = mkdtempSync(join(tmpdir(), 'farthing-set-up-'))
let engines: Engines

beforeAll(async () => {
  engines = await startEngines({ dataDir, purpose: 'the set-up test' })
  vi.stubEnv('DATABASE_URL', engines.databaseUrl)
  await closePostgres()
  globalThis.farthingHasUsers = undefined
  await migratePostgres()
})

afterAll(async () => {
  await closePostgres()
  vi.unstubAllEnvs()
  await engines.stop()
  rmSync(dataDir, { recursive: true, force: true })
})

const values = (token: string, name = 'Ada') => ({
  token,
  name,
  email: `${name.toLowerCase()}@example.com`,
  password: 'correct horse battery',
  workspaceName: 'Größe & Söhne',
  timeZone: 'Europe/Berlin',
})

it('takes one of several first people, with the token only, and whole', async () => {
  const secret = { AUTH_SECRET: process.env.AUTH_SECRET }
  const token = new URL(setUpUrl(secret)).searchParams.get('token') ?? ''
  expect(token).toMatch(/^[\w-]{43}$/)
  expect(isSetUpToken(token)).toBe(true)
  expect([isSetUpToken(''), isSetUpToken(null), isSetUpToken(`${token.slice(1)}x`)]).toEqual([false, false, false])
  expect(await isSetUp()).toBe(false)
  await expect(setUp(values('guessed'), '127.0.0.1')).rejects.toMatchObject({ code: 'forbidden' })

  const tries = await Promise.allSettled(['Ada', 'Bob', 'Eve'].map((name) => setUp(values(token, name), '127.0.0.1')))
  expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  const refused = tries.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))
  expect(refused).toMatchObject([{ code: 'conflict' }, { code: 'conflict' }])
  expect(await isSetUp()).toBe(true)
  expect(await postgres().select().from(users)).toMatchObject([{ isOrganizationAdmin: true }])
  expect(await postgres().select().from(workspaces)).toMatchObject([
    { slug: 'grosse-sohne', timeZone: 'Europe/Berlin' },
  ])
  expect(await postgres().select().from(memberships)).toMatchObject([{ role: 'owner' }])
})
