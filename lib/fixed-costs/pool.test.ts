import { expect, it } from 'vitest'
import { keepsPool, poolFilters, poolKey } from '@/lib/fixed-costs/pool'

const ALL = { provider: '', models: [] }
const OF_PROVIDER = { provider: 'acme', models: [] }
const OF_MODELS = { provider: 'acme', models: ['b', 'a'] }

it('a pool is known by its usage', () => {
  expect(poolFilters(ALL)).toEqual([])
  expect(poolFilters(OF_MODELS).map(({ dimension, values }) => [dimension, values])).toEqual([
    ['provider', ['acme']],
    ['model', ['b', 'a']],
  ])
  expect(poolKey(OF_MODELS)).toBe(poolKey({ provider: 'acme', models: ['a', 'b'] }))
  expect(poolKey(OF_MODELS)).not.toBe(poolKey(OF_PROVIDER))
})

it('filters keep a pool where all that it serves passes them', () => {
  const kept = (...filters: Parameters<typeof keepsPool>[1]) =>
    [ALL, OF_PROVIDER, OF_MODELS].map((pool) => keepsPool(pool, filters))
  expect(kept()).toEqual([true, true, true])
  expect(kept({ dimension: 'provider', operator: 'in', values: ['acme', 'b'] })).toEqual([false, true, true])
  expect(kept({ dimension: 'provider', operator: 'notIn', values: ['b'] })).toEqual([false, true, true])
  expect(kept({ dimension: 'model', operator: 'in', values: ['a', 'b'] })).toEqual([false, false, true])
  expect(kept({ dimension: 'model', operator: 'in', values: ['a'] })).toEqual([false, false, false])
  expect(kept({ dimension: 'endpoint', operator: 'in', values: ['acme'] })).toEqual([false, false, false])
})
