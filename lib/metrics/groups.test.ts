import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Group, mergeGroups, sumGroups } from '@/lib/metrics/groups'
import { addDecimals } from '@/lib/money'

const group = (keys: string[], bucket: number | null, spend: string | null, attempts: string): Group => ({
  keys,
  bucket,
  atoms: { spend, attempts },
})

describe('mergeGroups', () => {
  it('adds up what has the same keys and bucket, exactly, and keeps the order', () => {
    expect(
      mergeGroups(
        ['spend', 'attempts'],
        [
          group(['a', 'b'], 1, '0.1', '1'),
          group(['a,b'], 1, null, '5'),
          group(['a', 'b'], 2, '9', '1'),
          group(['a', 'b'], 1, '0.000000000000000002', '2'),
        ],
      ),
    ).toEqual([
      group(['a', 'b'], 1, '0.100000000000000002', '3'),
      group(['a,b'], 1, null, '5'),
      group(['a', 'b'], 2, '9', '1'),
    ])
  })

  it('has no value where none of the groups has one, and counts it as nothing beside others', () => {
    expect(mergeGroups(['spend'], [group([], null, null, '1'), group([], null, null, '1')])[0]?.atoms.spend).toBeNull()
    expect(mergeGroups(['spend'], [group([], null, null, '1'), group([], null, '2.5', '1')])[0]?.atoms.spend).toBe(
      '2.5',
    )
  })

  it('leaves the sum of all as it is', () => {
    const one = fc.record({
      keys: fc.array(fc.constantFrom('', 'a', 'b'), { minLength: 1, maxLength: 1 }),
      bucket: fc.constantFrom(null, 1, 2),
      atoms: fc.record({ spend: fc.option(fc.integer().map((n) => `${n}.25`)), attempts: fc.nat().map(String) }),
    })
    fc.assert(
      fc.property(fc.array(one, { minLength: 1 }), (groups) => {
        const merged = mergeGroups(['spend', 'attempts'], groups)
        expect(new Set(merged.map(({ keys, bucket }) => JSON.stringify([keys, bucket]))).size).toBe(merged.length)
        for (const name of ['spend', 'attempts'] as const) {
          const [all, sum] = [sumGroups([name], groups)[name] ?? null, sumGroups([name], merged)[name] ?? null]
          expect(sum === null ? null : addDecimals([sum])).toBe(all === null ? null : addDecimals([all]))
        }
      }),
    )
  })
})
