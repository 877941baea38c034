import { describe, expect, it } from 'vitest'
import { unionMs } from '@/bench/engine-times'

describe('unionMs', () => {
  it.each([
    ['nothing', [], 0],
    [
      'one after the other',
      [
        [0, 2],
        [5, 6],
      ],
      3,
    ],
    [
      'side by side',
      [
        [0, 4],
        [1, 3],
        [2, 6],
      ],
      6,
    ],
    [
      'touching',
      [
        [0, 2],
        [2, 3],
      ],
      3,
    ],
  ])('of %s', (_, pairs, expected) => {
    expect(unionMs(pairs.map(([fromMs = 0, toMs = 0]) => ({ fromMs, toMs })))).toBe(expected)
  })
})
