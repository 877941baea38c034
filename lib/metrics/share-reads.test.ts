import { expect, it } from 'vitest'
import { SharedReads } from '@/lib/metrics/share-reads'

/** Reads that end when they are told to, numbered in the order in which they began. */
function makeReads() {
  const ends: (() => void)[] = []
  const read = () =>
    new Promise<number>((resolve) => {
      const number = ends.length + 1
      ends.push(() => resolve(number))
    })
  return { read, end: (number: number) => ends[number - 1]?.(), begun: () => ends.length }
}

it('begins no read before it is asked for: who comes later gets a later one', async () => {
  const { read, end, begun } = makeReads()
  const reads = new SharedReads<number>()
  const first = reads.ask('a', read)
  const second = reads.ask('a', read)
  const third = reads.ask('a', read)
  expect(begun()).toBe(1)
  end(1)
  expect(await first).toBe(1)
  expect(begun()).toBe(2)
  const fourth = reads.ask('a', read)
  end(2)
  expect(await Promise.all([second, third])).toEqual([2, 2])
  end(3)
  expect(await fourth).toBe(3)
})

it('shares nothing between keys', async () => {
  const { read, end } = makeReads()
  const reads = new SharedReads<number>()
  const both = [reads.ask('a', read), reads.ask('b', read)]
  end(1)
  end(2)
  expect(await Promise.all(both)).toEqual([1, 2])
})

it('fails for those who share a read, and starts anew after it', async () => {
  const reads = new SharedReads<number>()
  const first = reads.ask('a', () => Promise.reject(new Error('away')))
  const second = reads.ask('a', () => Promise.reject(new Error('still away')))
  const third = reads.ask('a', () => Promise.resolve(0))
  await expect(first).rejects.toThrow('away')
  await expect(second).rejects.toThrow('still away')
  await expect(third).rejects.toThrow('still away')
  expect(await reads.ask('a', () => Promise.resolve(7))).toBe(7)
})
