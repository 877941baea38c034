import { expect, it } from 'vitest'
import { readEnv } from './env'

const STORES = { CLICKHOUSE_URL: 'http://localhost:8123', DATABASE_URL: 'postgres://localhost/farthing' }
const OIDC = {
  FARTHING_OIDC_ISSUER: 'https://login.example.com/tenant/v2.0',
  FARTHING_OIDC_CLIENT_ID: 'id',
  FARTHING_OIDC_CLIENT_SECRET: 'secret',
}

it('takes what is set, and an empty variable as unset', () => {
  expect(readEnv({ ...STORES, FARTHING_OIDC_ISSUER: '', FARTHING_ENCRYPTION_KEY: '' })).toEqual(STORES)
  expect(readEnv({ ...STORES, ...OIDC })).toEqual({ ...STORES, ...OIDC })
})

it.each([
  [{ CLICKHOUSE_URL: undefined }, 'CLICKHOUSE_URL is not set'],
  [{ FARTHING_ENCRYPTION_KEY: 'c2hvcnQ=' }, 'FARTHING_ENCRYPTION_KEY must be 32 bytes in base64'],
  [{ ...OIDC, FARTHING_OIDC_CLIENT_ID: '' }, 'FARTHING_OIDC_CLIENT_ID'],
  [{ ...OIDC, FARTHING_OIDC_ISSUER: 'login.example.com' }, 'FARTHING_OIDC_ISSUER must be an address'],
  [
    { ...OIDC, FARTHING_OIDC_ISSUER: 'https://login.example.com/common/v2.0', FARTHING_OIDC_TRUST_EMAIL: 'true' },
    'FARTHING_OIDC_TRUST_EMAIL needs an issuer of one tenant',
  ],
])('refuses %j', (change, problem) => {
  expect(() => readEnv({ ...STORES, ...change })).toThrow(problem)
})
