import { expect, test } from 'vitest'
import { loadListPriceBook } from '@/lib/pricing/price-book'
import { suggestModels } from './suggest-models'

const KNOWN = [
  { provider: 'openai', model: 'gpt-4o' },
  { provider: 'openai', model: 'gpt-4o-mini' },
  { provider: 'openai', model: 'gpt-5' },
  { provider: 'azure', model: 'gpt-4o' },
  { provider: 'anthropic', model: 'claude-sonnet-4-5' },
]
const names = (model: string, provider = 'openai') =>
  suggestModels({ provider, model }, KNOWN, 3).map((each) => `${each.provider}/${each.model}`)

test('the most alike comes first, the same provider before another', () => {
  expect(names('gpt-4o-prod')).toEqual(['openai/gpt-4o', 'azure/gpt-4o', 'openai/gpt-4o-mini'])
  expect(names('our-gpt-4o-mini')[0]).toBe('openai/gpt-4o-mini')
  expect(names('sonnet-4-5', 'anthropic')).toEqual(['anthropic/claude-sonnet-4-5'])
})

test('another number is another model', () => {
  const [first, second] = suggestModels({ provider: 'openai', model: 'gpt-5-eu' }, KNOWN, 2)
  expect(first?.model).toBe('gpt-5')
  expect((first?.score ?? 0) - (second?.score ?? 0)).toBeGreaterThan(0.2)
})

test('a known name that is whole within the other is a candidate, the longest first', () => {
  expect(names('gpt-4o-mini-nebula-b114a7-eu-west-9').slice(0, 2)).toEqual(['openai/gpt-4o-mini', 'openai/gpt-4o'])
  expect(names('agpt-4ob')).not.toContain('openai/gpt-5')
})

test('what is like nothing has no suggestion', () => {
  expect(names('x')).toEqual([])
  expect(names('internal-router', 'acme')).toEqual([])
})

test('scores lie between 0 and 1', () => {
  const known = [...new Map(loadListPriceBook().rows.map((row) => [`${row.provider} ${row.model}`, row])).values()]
  for (const { provider, model } of known.slice(0, 200)) {
    const found = suggestModels({ provider, model }, [{ provider, model }], 1)
    expect(found[0]?.score ?? 1).toBeLessThanOrEqual(1)
  }
})
