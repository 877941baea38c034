import fc from 'fast-check'
import { expect, it } from 'vitest'
import { RepeatedReads } from '@/lib/metrics/repeated-reads'

/** A store of numbers, what was read of it, and an `ask` of those that a divisor divides. */
function makeStore() {
  const numbers: number[] = []
  const reads: number[] = []
  let [nowMs, looks] = [0, 0]
  const repeated = new RepeatedReads<number>(
    async () => {
      looks += 1
      return String(numbers.length)
    },
    () => nowMs,
  )
  const ask = (divisor: number) =>
    repeated.ask(String(divisor), async () => {
      reads.push(divisor)
      return numbers.filter((each) => each % divisor === 0)
    })
  return {
    ask,
    numbers,
    reads,
    wait: (ms: number) => {
      nowMs += ms
    },
    countLooks: () => looks,
  }
}

it('reads what is asked again only where something has changed', async () => {
  const { ask, numbers, reads } = makeStore()
  numbers.push(2, 3, 4)
  expect(await ask(2)).toEqual([2, 4])
  // Of the first read nobody knows the version.
  expect(await ask(2)).toEqual([2, 4])
  expect(await ask(2)).toEqual([2, 4])
  expect(await Promise.all([ask(2), ask(2)])).toEqual([
    [2, 4],
    [2, 4],
  ])
  expect(reads).toEqual([2, 2])
  numbers.push(6)
  expect(await ask(2)).toEqual([2, 4, 6])
  expect(await ask(3)).toEqual([3, 6])
  expect(reads).toEqual([2, 2, 2, 3])
})

it('does not look at the version for what is asked now and then', async () => {
  const { ask, countLooks, reads, wait } = makeStore()
  await ask(2)
  wait(2_000)
  await ask(2)
  expect([countLooks(), reads.length]).toEqual([0, 2])
  wait(1_999)
  await ask(2)
  wait(1_999)
  await ask(2)
  expect([countLooks(), reads.length]).toEqual([2, 3])
})

it('looks at what changes all the time only for those who ask at once again', async () => {
  const { ask, countLooks, numbers, reads, wait } = makeStore()
  await ask(1)
  await ask(1)
  numbers.push(1)
  await ask(1)
  expect([countLooks(), reads.length]).toEqual([2, 3])
  for (let run = 0; run < 5; run += 1) {
    wait(60)
    numbers.push(1)
    expect(await ask(1)).toHaveLength(numbers.length)
  }
  expect([countLooks(), reads.length]).toEqual([2, 8])
  wait(59)
  await ask(1)
  await ask(1)
  expect([countLooks(), reads.length]).toEqual([4, 9])
  wait(1_999)
  await ask(1)
  expect([countLooks(), reads.length]).toEqual([5, 9])
})

it('keeps no failure, and reads where the version cannot be told', async () => {
  const failing = new RepeatedReads<number>(async () => 'same')
  await failing.ask('key', async () => [1])
  await expect(failing.ask('key', () => Promise.reject(new Error('away')))).rejects.toThrow('away')
  expect(await failing.ask('key', async () => [2])).toEqual([2])
  for (const readVersion of [async () => null, () => Promise.reject(new Error('not allowed'))]) {
    const reads = new RepeatedReads<number>(readVersion)
    await reads.ask('key', async () => [1])
    await reads.ask('key', async () => [2])
    expect(await reads.ask('key', async () => [3])).toEqual([3])
  }
})

it('says what the store said when it was asked, or later, whatever is written meanwhile', async () => {
  const write = fc.record({ number: fc.integer({ min: 1, max: 60 }) })
  const question = fc.record({ divisor: fc.integer({ min: 1, max: 4 }), isAwaited: fc.boolean() })
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(write, question), { maxLength: 40 }), async (steps) => {
      const { ask, numbers } = makeStore()
      const checks: Promise<void>[] = []
      for (const step of steps) {
        if ('number' in step) {
          numbers.push(step.number)
          continue
        }
        const stored = [...numbers]
        const check = ask(step.divisor).then((found) => {
          const wanted = (all: readonly number[]) => all.filter((each) => each % step.divisor === 0)
          expect(found.slice(0, wanted(stored).length)).toEqual(wanted(stored))
          expect(wanted(numbers).slice(0, found.length)).toEqual(found)
        })
        checks.push(check)
        if (step.isAwaited) await check
      }
      await Promise.all(checks)
    }),
  )
})
