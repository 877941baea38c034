import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Group, mergeGroups, overallAtoms, pickHighest, sumGroups, sumOverall } from '@/lib/metrics/groups'
import { quantileOf } from '@/lib/metrics/histogram'
import type { AtomValues } from '@/lib/metrics/registry'
import { addDecimals, compareDecimals } from '@/lib/money'

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

describe('quantiles of groups that are put together', () => {
  const timed = (counts: number[]): Group => ({ keys: ['a'], bucket: null, atoms: {}, histograms: { latency: counts } })

  it('are those of all durations, and there are none of none', () => {
    const [merged] = mergeGroups(['latencyP50'], [timed([1, 0, 2]), timed([0, 0, 0, 5])])
    expect(merged?.histograms?.latency).toEqual([1, 0, 2, 5])
    // Of eight durations the median lies between the fourth and the fifth, which are both in bucket 3.
    expect(merged?.atoms.latencyP50).toBe(quantileOf([0, 0, 0, 1], 0.5))
    expect(sumGroups(['latencyP50'], [timed([]), timed([0, 0])]).latencyP50).toBeNull()
  })

  it('lie between their neighbours', () => {
    expect(quantileOf([1, 1], 0.5)).toBe(String(Number(quantileOf([0, 1], 0)) / 2))
    expect(quantileOf([3, 1], 0.5)).toBe('0')
  })
})

describe('sumOverall', () => {
  const row = (key: string, atoms: AtomValues): Group => ({ keys: [key], bucket: null, atoms })

  it('counts a request once of which several rows have attempts', () => {
    const atoms = ['attempts', 'requests', 'fallbackRequests'] as const
    expect(overallAtoms(atoms)).toEqual(['overallRequests', 'overallFallbackRequests'])
    const groups = [
      row('a1', {
        attempts: '5',
        requests: '4',
        fallbackRequests: '1',
        overallRequests: '4',
        overallFallbackRequests: '1',
      }),
      row('b1', {
        attempts: '2',
        requests: '2',
        fallbackRequests: '0',
        overallRequests: '1',
        overallFallbackRequests: '0',
      }),
    ]
    expect(sumOverall(atoms, groups)).toMatchObject({ attempts: '7', requests: '5', fallbackRequests: '1' })
  })

  it('says nothing of what there is nothing of, or nobody asked for', () => {
    expect(sumOverall(['requests'], [])).toEqual({})
    expect(sumOverall(['attempts'], [row('a1', { attempts: '2' })])).toEqual({ attempts: '2' })
  })
})

describe('pickHighest', () => {
  const amount = fc.option(fc.integer({ min: 0, max: 30 }), { nil: null })
  const part = fc
    .array(fc.record({ key: fc.integer({ min: 0, max: 25 }), amount }), { maxLength: 30 })
    .map((rows) => [...new Map(rows.map((row) => [row.key, row])).values()])
  const toGroups = (rows: { key: number; amount: number | null }[]) =>
    rows.map((row) => group([String(row.key)], null, row.amount === null ? null : String(row.amount), '1'))
  const descending = (a: Group, b: Group) =>
    a.atoms.spend == null || b.atoms.spend == null
      ? Number(a.atoms.spend == null) - Number(b.atoms.spend == null)
      : compareDecimals(b.atoms.spend, a.atoms.spend)

  it('says the same as all groups would, or nothing', () => {
    let told = 0
    fc.assert(
      fc.property(
        part,
        part,
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 1, max: 4 }),
        (one, two, kept, limit) => {
          const [built, moving] = [toGroups(one).sort(descending), toGroups(two)]
          const picked = pickHighest(built.slice(0, kept), moving, { atoms: ['spend', 'attempts'], by: 'spend', limit })
          if (!picked) return
          told += 1
          const all = mergeGroups(['spend', 'attempts'], [...built, ...moving]).sort(descending)
          const least = all[limit - 1]?.atoms.spend ?? ''
          const expected = all.filter(({ atoms }) => atoms.spend != null && compareDecimals(atoms.spend, least) >= 0)
          const idOf = ({ keys, atoms }: Group) => `${keys[0]} ${atoms.spend} ${atoms.attempts}`
          expect(picked.map(idOf).sort()).toEqual(expected.map(idOf).sort())
        },
      ),
      { numRuns: 2_000 },
    )
    expect(told).toBeGreaterThan(100)
  })
})
