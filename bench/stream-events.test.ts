import { expect, it } from 'vitest'
import { targetOfBatch } from '@/bench/stream-events'

it('gives a third of the batches to the first target and even parts to the others', () => {
  const counts = new Array<number>(12).fill(0)
  for (let batch = 0; batch < 3_300; batch += 1) {
    const target = targetOfBatch(batch, counts.length)
    counts[target] = (counts[target] ?? 0) + 1
  }
  expect(counts).toEqual([1_100, ...new Array<number>(11).fill(200)])
  expect([0, 1, 2].map((batch) => targetOfBatch(batch, 1))).toEqual([0, 0, 0])
})
