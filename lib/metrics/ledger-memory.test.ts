import { expect, it } from 'vitest'
import { isStillRight, LedgerMemory } from '@/lib/metrics/ledger-memory'
import type { LedgerState } from '@/lib/metrics/read-ledger'

const DAY_MS = 86_400_000
const WORKSPACES = [{ id: 1, timeZone: 'UTC', costPreference: 'reported' }]

const day = (index: number, build = `b${index}`) => ({
  workspaceId: 1,
  fromMs: index * DAY_MS,
  toMs: (index + 1) * DAY_MS,
  build,
  hasMixed: false,
})
const days = (from: number, to: number) => ({ fromMs: from * DAY_MS, toMs: to * DAY_MS })

function state(cleanDays: LedgerState['cleanDays'], changes: Partial<LedgerState> = {}): LedgerState {
  return { dataVersion: '1', freshness: null, noneMixed: true, priceChanges: [], ...changes, cleanDays }
}

it('guesses what it learnt of the span and of parts of it, and nothing beyond', () => {
  const memory = new LedgerMemory()
  expect(memory.guess(WORKSPACES, days(0, 3))).toBeNull()
  memory.learn(WORKSPACES, days(0, 3), state([day(0), day(1), day(2)]))
  expect(memory.guess(WORKSPACES, days(0, 3))?.cleanDays).toEqual([day(0), day(1), day(2)])
  expect(memory.guess(WORKSPACES, days(1, 2))?.cleanDays).toEqual([day(1)])
  expect(memory.guess(WORKSPACES, days(0, 4))).toBeNull()
  expect(
    memory.guess([{ ...WORKSPACES[0], id: 2, timeZone: 'UTC', costPreference: 'reported' }], days(0, 3)),
  ).toBeNull()
})

it('puts spans that adjoin together, the newer saying what holds where they overlap', () => {
  const memory = new LedgerMemory()
  memory.learn(WORKSPACES, days(0, 3), state([day(0), day(1), day(2)]))
  memory.learn(WORKSPACES, days(2, 5), state([day(2), day(3)]))
  expect(memory.guess(WORKSPACES, days(0, 5))?.cleanDays).toEqual([day(0), day(1), day(2), day(3)])
  memory.learn(WORKSPACES, days(7, 9), state([day(7)]))
  expect(memory.guess(WORKSPACES, days(0, 5))).toBeNull()
})

it('does not guess again until what it learns has lasted', () => {
  const memory = new LedgerMemory()
  memory.learn(WORKSPACES, days(0, 2), state([day(0), day(1)]))
  memory.learn(WORKSPACES, days(0, 2), state([day(0)]))
  expect(memory.guess(WORKSPACES, days(0, 2))).toBeNull()
  memory.learn(WORKSPACES, days(0, 2), state([day(0), day(1, 'b9')]))
  expect(memory.guess(WORKSPACES, days(0, 2))).toBeNull()
  memory.learn(WORKSPACES, days(0, 2), state([day(0), day(1, 'b9')]))
  expect(memory.guess(WORKSPACES, days(0, 2))?.cleanDays).toEqual([day(0), day(1, 'b9')])
})

it('holds a guess to be right only when its days are clean, of the same builds, and priced alike', () => {
  const guess = state([day(0), day(1)])
  const change = {
    changeId: 4,
    workspaceId: 0,
    provider: 'openai',
    model: 'gpt-4o',
    affectedFromMs: null,
    affectedToMs: null,
    rows: [],
  }
  expect(isStillRight(guess, state([day(1), day(0)]))).toBe(true)
  expect(isStillRight(guess, state([day(0), day(1), day(2)]))).toBe(false)
  expect(isStillRight(guess, state([day(0)]))).toBe(false)
  expect(isStillRight(guess, state([day(0), day(1, 'b2')]))).toBe(false)
  expect(isStillRight(guess, state([day(0), { ...day(1), hasMixed: true }]))).toBe(false)
  expect(isStillRight(guess, state([day(0), day(1)], { noneMixed: false }))).toBe(false)
  expect(isStillRight(guess, state([day(0), day(1)], { priceChanges: [change] }))).toBe(false)
  expect(isStillRight(state([], { priceChanges: [change] }), state([], { priceChanges: [change] }))).toBe(true)
})
