import { expect, it } from 'vitest'
import { LedgerMemory } from '@/lib/metrics/ledger-memory'
import type { LedgerState } from '@/lib/metrics/read-ledger'

const DAY_MS = 86_400_000
const WORKSPACES = [{ id: 1, timeZone: 'UTC', costPreference: 'reported' }]

const day = (index: number) => ({
  workspaceId: 1,
  fromMs: index * DAY_MS,
  toMs: (index + 1) * DAY_MS,
  build: `b${index}`,
  hasMixed: false,
})
const days = (from: number, to: number) => ({ fromMs: from * DAY_MS, toMs: to * DAY_MS })
const state = (...cleanDays: LedgerState['cleanDays']): LedgerState => ({ priceChanges: [], settled: [], cleanDays })

it('knows what it learnt of the span and of parts of it, and nothing beyond', () => {
  const memory = new LedgerMemory()
  expect(memory.find(WORKSPACES, days(0, 3), 'v1', 0)).toBeNull()
  memory.learn(WORKSPACES, { span: days(0, 3), state: state(day(0), day(1), day(2)), stateVersion: 'v1', readAtMs: 0 })
  expect(memory.find(WORKSPACES, days(0, 3), 'v1', 0)?.cleanDays).toEqual([day(0), day(1), day(2)])
  expect(memory.find(WORKSPACES, days(1, 2), 'v1', 0)?.cleanDays).toEqual([day(1)])
  expect(memory.find(WORKSPACES, days(0, 4), 'v1', 0)).toBeNull()
  expect(memory.find([{ id: 2, timeZone: 'UTC', costPreference: 'reported' }], days(0, 3), 'v1', 0)).toBeNull()
  expect(memory.find([{ id: 1, timeZone: 'UTC', costPreference: 'book' }], days(0, 3), 'v1', 0)).toBeNull()
})

it('forgets what is of another version, or old', () => {
  const memory = new LedgerMemory()
  const read = { span: days(0, 1), state: state(day(0)), stateVersion: 'v1', readAtMs: 1_000 }
  memory.learn(WORKSPACES, read)
  expect(memory.find(WORKSPACES, days(0, 1), 'v2', 1_000)).toBeNull()
  expect(memory.find(WORKSPACES, days(0, 1), 'v1', 16_000)).toEqual(state(day(0)))
  expect(memory.find(WORKSPACES, days(0, 1), 'v1', 16_001)).toBeNull()
  memory.learn(WORKSPACES, { ...read, state: state(), stateVersion: 'v2' })
  expect(memory.find(WORKSPACES, days(0, 1), 'v1', 1_000)).toBeNull()
  expect(memory.find(WORKSPACES, days(0, 1), 'v2', 1_000)).toEqual(state())
})

it('keeps the last few spans side by side', () => {
  const memory = new LedgerMemory()
  const learn = (at: number) =>
    memory.learn(WORKSPACES, { span: days(at, at + 1), state: state(day(at)), stateVersion: 'v1', readAtMs: 0 })
  for (const at of [0, 10, 20, 30]) learn(at)
  expect([0, 10, 20, 30].map((at) => memory.find(WORKSPACES, days(at, at + 1), 'v1', 0)?.cleanDays)).toEqual(
    [0, 10, 20, 30].map((at) => [day(at)]),
  )
  learn(40)
  expect(memory.find(WORKSPACES, days(0, 1), 'v1', 0)).toBeNull()
  expect(memory.find(WORKSPACES, days(40, 41), 'v1', 0)?.cleanDays).toEqual([day(40)])
})
