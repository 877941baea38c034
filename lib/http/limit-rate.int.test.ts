import { randomBytes } from 'node:crypto'
import { beforeAll, expect, it } from 'vitest'
import { applyProvision } from '@/lib/auth/provision'
import { AppError } from '@/lib/errors'
import { admitApiRequest, KEY_LIMITS, REFUSAL_LIMIT } from './limit-rate'

const KEY = `fk_${randomBytes(24).toString('hex')}`

beforeAll(async () => {
  const slug = `limit-${randomBytes(4).toString('hex')}`
  await applyProvision({
    workspaces: [{ slug, name: 'Limit', keys: [{ name: 'app', secret: KEY, scopes: ['ingest', 'read'] }] }],
  })
})

async function codesOf(times: number, address: string, key: string, scope: 'ingest' | 'read'): Promise<string[]> {
  const headers = new Headers({ 'x-farthing-peer-address': address, 'x-api-key': key })
  const codes: string[] = []
  for (let time = 0; time < times; time += 1) {
    const code = await admitApiRequest(headers, scope).then(
      () => 'ok',
      (error: unknown) => {
        if (!(error instanceof AppError)) throw error
        if (error.code === 'too_many_requests') expect(error.retryAfterSeconds).toBeGreaterThanOrEqual(1)
        return error.code
      },
    )
    codes.push(code)
  }
  return codes
}

it('lets a client post 5,000 events a second in batches of 100 for ten seconds, from one address', async () => {
  expect(new Set(await codesOf(500, '10.1.0.1', KEY, 'ingest'))).toEqual(new Set(['ok']))
  expect(KEY_LIMITS.ingest).toBeGreaterThanOrEqual(10 * 200 * 5)
})

it('holds a key that asks too often, wherever from', async () => {
  const codes = await codesOf(KEY_LIMITS.read + 1, '10.1.0.2', KEY, 'read')
  expect(codes.slice(0, KEY_LIMITS.read).every((code) => code === 'ok')).toBe(true)
  expect(codes.at(-1)).toBe('too_many_requests')
  expect(await codesOf(1, '10.1.0.3', KEY, 'read')).toEqual(['too_many_requests'])
  expect(await codesOf(1, '10.1.0.3', KEY, 'ingest')).toEqual(['ok'])
})

it('holds an address that tries keys, and not the good key beside it', async () => {
  const codes = await codesOf(REFUSAL_LIMIT + 1, '10.1.0.4', 'nonsense', 'ingest')
  expect(codes.filter((code) => code === 'unauthenticated')).toHaveLength(REFUSAL_LIMIT)
  expect(codes.at(-1)).toBe('too_many_requests')
  expect(await codesOf(1, '10.1.0.4', `fk_${'0'.repeat(40)}`, 'read')).toEqual(['too_many_requests'])
  expect(await codesOf(1, '10.1.0.4', KEY, 'ingest')).toEqual(['ok'])
  expect(await codesOf(1, '10.1.0.5', 'nonsense', 'ingest')).toEqual(['unauthenticated'])
})
