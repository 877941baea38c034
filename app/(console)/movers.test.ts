import { describe, expect, it } from 'vitest'
import { largestMovers } from './movers'

const row = (endpoint: string, spend: string | null, before: string | null) => ({
  endpoint,
  spend,
  previous: { spend: before },
})

describe('largestMovers', () => {
  it('ranks by the size of the change, rises and falls alike, and leaves out what did not move', () => {
    const rows = [row('a', '10', '9'), row('b', '1', '6.5'), row('c', '3', '3'), row('d', '0.2', null)]
    expect(largestMovers(rows, 'spend', 2).map((each) => each.endpoint)).toEqual(['b', 'a'])
    expect(largestMovers(rows, 'spend', 9).map((each) => each.endpoint)).toEqual(['b', 'a', 'd'])
  })
})
