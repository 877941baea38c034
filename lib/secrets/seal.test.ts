import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { SealError, seal, unseal } from './seal'

const KEY = randomBytes(32).toString('base64')

function reasonOf(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    if (error instanceof SealError) return error.reason
    throw error
  }
  return 'none'
}

beforeEach(() => {
  vi.stubEnv('CLICKHOUSE_URL', 'http://localhost:8123')
  vi.stubEnv('DATABASE_URL', 'postgres://localhost/farthing')
  vi.stubEnv('FARTHING_ENCRYPTION_KEY', KEY)
})

afterEach(() => {
  vi.unstubAllEnvs()
})

it('gives back what it was given, for the same purpose only', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string(), fc.string(), (text, purpose, other) => {
      const sealed = seal(text, purpose)
      expect(unseal(sealed, purpose)).toBe(text)
      if (other !== purpose) expect(reasonOf(() => unseal(sealed, other))).toBe('damaged')
    }),
    { numRuns: 50 },
  )
})

it('never makes the same twice and shows nothing of the text', () => {
  const sealed = seal('a secret of many words', 'test')
  expect(sealed).not.toBe(seal('a secret of many words', 'test'))
  expect(Buffer.from(sealed.split('.')[2] ?? '', 'base64url').toString()).not.toContain('secret')
})

it('notices every changed byte', () => {
  const [version, keyId, body = ''] = seal('text', 'test').split('.')
  const bytes = Buffer.from(body, 'base64url')
  for (let at = 0; at < bytes.length; at += 1) {
    const changed = Buffer.from(bytes)
    changed[at] = (changed[at] ?? 0) ^ 1
    expect(reasonOf(() => unseal([version, keyId, changed.toString('base64url')].join('.'), 'test'))).toBe('damaged')
  }
  for (const broken of ['', 'v1', 'v1.x', 'v2.aaaaaaaa.bbbb', `${version}.${keyId}.`]) {
    expect(reasonOf(() => unseal(broken, 'test'))).toBe('damaged')
  }
})

it('says when the key is another one or missing, and what to do', () => {
  const sealed = seal('text', 'test')
  vi.stubEnv('FARTHING_ENCRYPTION_KEY', randomBytes(32).toString('base64'))
  expect(reasonOf(() => unseal(sealed, 'test'))).toBe('wrong_key')
  expect(() => unseal(sealed, 'test')).toThrow('Start Farthing with that key')
  vi.stubEnv('FARTHING_ENCRYPTION_KEY', '')
  expect(reasonOf(() => unseal(sealed, 'test'))).toBe('no_key')
  expect(() => seal('text', 'test')).toThrow('openssl rand -base64 32')
})
