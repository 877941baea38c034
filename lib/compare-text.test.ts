import fc from 'fast-check'
import { expect, it } from 'vitest'
import { compareText } from '@/lib/compare-text'

it('orders texts as their bytes are', () => {
  const text = fc.string({ unit: 'binary' })
  fc.assert(
    fc.property(text, text, text, (a, b, prefix) => {
      for (const [left, right] of [
        [a, b],
        [prefix + a, prefix + b],
      ] as const) {
        expect(Math.sign(compareText(left, right))).toBe(Buffer.compare(Buffer.from(left), Buffer.from(right)))
      }
    }),
  )
  expect(['\u{1f600}', '\uffee', 'b', 'ab', 'a', ''].sort(compareText)).toEqual([
    '',
    'a',
    'ab',
    'b',
    '\uffee',
    '\u{1f600}',
  ])
})
