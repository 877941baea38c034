import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Group } from '@/lib/metrics/groups'
import { mergeGroups } from '@/lib/metrics/groups'
import { SettledGroups } from '@/lib/metrics/settled-groups'

const sumOf = (attempts: number): Group => ({ keys: [], bucket: null, atoms: { attempts: String(attempts) } })
const merge = (groups: readonly Group[]) => mergeGroups(['attempts'], groups)

/** Attempts by minute, what was read of them, and an `ask` of the minutes before `to`, marked when `markedAt` says. */
function makeLedger() {
  const attempts = Array.from({ length: 12 }, (_, minute) => minute + 1)
  const markedAt = attempts.map(() => 0)
  const reads: [number, number][] = []
  const settled = new SettledGroups()
  const read = async (fromMs: number, toMs: number) => {
    reads.push([fromMs, toMs])
    return [sumOf(attempts.slice(fromMs, toMs).reduce((sum, each) => sum + each, 0))]
  }
  const ask = async (to: number, key = 'question') => {
    const marks = markedAt.map((atMs, startMs) => ({ startMs, atMs })).slice(0, to)
    const span = { workspaceId: 1, fromMs: 0, toMs: to, marks }
    const [total] = await settled.ask({ key, span, read, merge })
    return Number(total?.atoms.attempts)
  }
  return { attempts, markedAt, reads, settled, ask }
}

it('reads of a span that has grown only what was added to it, and nothing twice', async () => {
  const { ask, reads } = makeLedger()
  expect(await Promise.all([ask(3), ask(3)])).toEqual([6, 6])
  expect(await ask(3)).toBe(6)
  expect(await ask(5)).toBe(15)
  expect(await ask(5)).toBe(15)
  expect(reads).toEqual([
    [0, 3],
    [3, 5],
  ])
  expect(await ask(5, 'another')).toBe(15)
  expect(reads.at(-1)).toEqual([0, 5])
})

it('reads anew what was marked since, and fails but once', async () => {
  const { ask, attempts, markedAt, reads, settled } = makeLedger()
  await ask(5)
  attempts[3] = 100
  markedAt[3] = 7
  expect(await ask(3)).toBe(6)
  expect(await ask(6)).toBe(117)
  expect(reads).toEqual([
    [0, 5],
    [0, 3],
    [3, 6],
  ])
  const span = { workspaceId: 2, fromMs: 0, toMs: 5, marks: [] }
  const fail = async () => await Promise.reject<Group[]>(new Error('away'))
  await expect(settled.ask({ key: 'question', span, read: fail, merge })).rejects.toThrow('away')
  const answer = await settled.ask({ key: 'question', span, read: async () => [sumOf(9)], merge })
  expect(answer).toEqual([sumOf(9)])
})

it('says what the attempts say, whatever is written and asked in whatever order', async () => {
  const write = fc.record({ minute: fc.nat(11), attempts: fc.nat(1_000) })
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(write, fc.record({ to: fc.integer({ min: 1, max: 12 }) }))), async (steps) => {
      const { ask, attempts, markedAt } = makeLedger()
      for (const [at, step] of steps.entries()) {
        if ('to' in step) {
          const expected = attempts.slice(0, step.to).reduce((sum, each) => sum + each, 0)
          expect(await ask(step.to)).toBe(expected)
        } else {
          attempts[step.minute] = step.attempts
          markedAt[step.minute] = at + 1
        }
      }
    }),
  )
})
