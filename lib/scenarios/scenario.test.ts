import { describe, expect, it } from 'vitest'
import { describePrice, describeRoute, EMPTY_ROUTE, type Route } from '@/lib/scenarios/scenario'
import { scenarioInput } from '@/lib/scenarios/scenario-input'

const route = (changes: Partial<Route>): Route => ({ ...EMPTY_ROUTE, ...changes })
const MOVE = { fromProvider: 'openai', fromModel: 'gpt-4o', toProvider: 'anthropic', toModel: 'claude-sonnet-4-5' }

const messages = (definition: unknown): string[] => {
  const parsed = scenarioInput.safeParse({ name: 'x', definition: JSON.stringify(definition) })
  return parsed.success ? [] : parsed.error.issues.map(({ message }) => message)
}

describe('a scenario', () => {
  it('is read from its form, and what is wrong names its place', () => {
    expect(messages({ routes: [route(MOVE)], prices: [] })).toEqual([])
    expect(messages({ routes: [route(MOVE), route({ ...MOVE, sharePercent: '101' })], prices: [] })).toEqual([
      'Route 2: Enter at most 100 %.',
    ])
    expect(messages({ routes: [route({ toProvider: 'openai' })], prices: [] })[0]).toMatch(
      /^Route 1: Name the provider/,
    )
    expect(messages({ routes: [route({ fromProvider: 'openai' })], prices: [] })[0]).toMatch(/^Route 1: Name the model/)
    expect(messages({ routes: [route({ ...MOVE, inputFactor: '-1' })], prices: [] })[0]).toMatch(
      /^Route 1: Enter a factor/,
    )
    const price = { provider: 'openai', model: '', tier: 'standard', terms: { kind: 'discount', percent: '0' } }
    expect(messages({ routes: [], prices: [price] })).toEqual([
      'Price 1: Name the model.',
      'Price 1: Enter more than 0 %.',
    ])
    expect(scenarioInput.safeParse({ name: 'x', definition: 'no JSON' }).success).toBe(false)
  })

  it('is described in sentences', () => {
    expect(describeRoute(route({ ...MOVE, endpoint: '/chat', sharePercent: '30', outputFactor: '1.2' }))).toBe(
      '30 % of openai/gpt-4o of /chat goes to anthropic/claude-sonnet-4-5, takes 1.2 × the output tokens',
    )
    expect(
      describeRoute(route({ fromModel: 'gpt-4o', fromProvider: 'openai', cachedPercent: '60', tier: 'batch' })),
    ).toBe('100 % of openai/gpt-4o uses the batch tier, reads 60 % of its input from cache')
    expect(
      describePrice({
        provider: 'openai',
        model: 'gpt-4o',
        tier: 'standard',
        terms: { kind: 'discount', percent: '12.5' },
      }),
    ).toBe('openai/gpt-4o costs 12.5 % less than the list')
  })
})
