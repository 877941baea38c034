import { afterAll, beforeAll, expect, test } from 'vitest'
import { closeClickHouse } from '@/db/clickhouse/client'
import { closePostgres } from '@/db/postgres/client'
import { mintLedger, OCTOBER } from '@/lib/metrics/ledger-fixture'
import { listValues } from '@/lib/metrics/list-values'
import type { Scope } from '@/lib/metrics/plan'

const NOW = new Date('2026-10-15T12:00:00Z')

let scope: Scope

beforeAll(async () => {
  scope = (await mintLedger(OCTOBER)).scope
})

afterAll(async () => {
  await Promise.all([closeClickHouse(), closePostgres()])
})

async function values(params: Record<string, string>, filters: unknown = []): Promise<[string | null, string][]> {
  const answer = await listValues(new URLSearchParams(params), filters, scope, NOW)
  return answer.values.map(({ value, attempts }) => [value, attempts])
}

test('the values with the most attempts first, unattributed among them', async () => {
  expect(await values({ dimension: 'user' })).toEqual([
    ['u1', '3'],
    ['u2', '3'],
    [null, '2'],
    ['u3', '2'],
  ])
})

test('those that hold the text, of the range, under other filters', async () => {
  expect(await values({ dimension: 'endpoint', search: 'CHA' })).toEqual([['/chat', '5']])
  expect(await values({ dimension: 'endpoint', search: 'old', range: '2026-10-01..2026-10-03' })).toEqual([])
  const filters = [
    { dimension: 'user', values: ['u1'] },
    { dimension: 'endpoint', values: ['/chat'] },
  ]
  expect(await values({ dimension: 'endpoint' }, filters)).toEqual([
    ['/search', '2'],
    ['/chat', '1'],
  ])
  expect(await values({ dimension: 'apiKey', search: 'c' })).toEqual([['ci', '10']])
})

test('environments and data modes beyond the default scope', async () => {
  const dataModes = [{ dimension: 'dataMode', values: ['*'] }]
  expect(await values({ dimension: 'environment' }, dataModes)).toEqual([
    ['prod', '10'],
    ['staging', '1'],
  ])
})

test.each([[{}], [{ dimension: 'cost;DROP' }], [{ dimension: 'time' }]])('refuses %j', async (params) => {
  await expect(listValues(new URLSearchParams(params), [], scope, NOW)).rejects.toMatchObject({ status: 400 })
})

test('refuses filters that are none', async () => {
  for (const filters of [{}, [{ dimension: 'nothing', values: ['x'] }], ['x']]) {
    await expect(values({ dimension: 'user' }, filters)).rejects.toMatchObject({ status: 400 })
  }
})
