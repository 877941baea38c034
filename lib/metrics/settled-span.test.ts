import { expect, it } from 'vitest'
import { lastMarkMs, listSettledSpans } from '@/lib/metrics/settled-span'

const MINUTE = 60_000
const BUILT_TO = 15 * MINUTE
/** The engine's clock; marks of the last 20 seconds are loud. */
const NOW = 26 * MINUTE
const OLD = NOW - 20_000
const LOUD = NOW - 19_999

const day = (workspaceId: number, toMs: number) => ({ workspaceId, fromMs: 0, toMs, build: 'b', hasMixed: false })
const settle = (...marks: [minute: number, atMs: number][]) => {
  const own = marks.map(([minute, atMs]) => ({ startMs: minute * MINUTE, atMs }))
  const [found] = listSettledSpans([day(1, BUILT_TO)], new Map([[1, own]]), { endMs: 26 * MINUTE, nowMs: NOW })
  return found && [found.fromMs / MINUTE, found.toMs / MINUTE]
}

it('reaches from the last clean day to the first minute that somebody may still write to', () => {
  expect(settle()).toEqual([15, 26])
  expect(settle([15, OLD], [20, OLD], [25, OLD])).toEqual([15, 26])
  expect(settle([20, OLD], [24, LOUD], [25, LOUD])).toEqual([15, 24])
  expect(settle([15, LOUD], [25, OLD])).toBeUndefined()
  // What is written to the day that was built does not matter here: it is not clean then.
  expect(settle([10, LOUD], [24, LOUD])).toEqual([15, 24])
})

it('begins behind the last of several clean days, by workspace, and is there only where time has passed', () => {
  const days = [day(1, 5 * MINUTE), day(1, BUILT_TO), day(2, 20 * MINUTE), day(3, 26 * MINUTE)]
  const marks = new Map([[2, [{ startMs: 22 * MINUTE, atMs: LOUD }]]])
  const found = listSettledSpans(days, marks, { endMs: 26 * MINUTE, nowMs: NOW })
  expect(found.map(({ workspaceId, fromMs, toMs }) => [workspaceId, fromMs / MINUTE, toMs / MINUTE])).toEqual([
    [1, 15, 26],
    [2, 20, 22],
  ])
  expect(listSettledSpans(days, marks, { endMs: 0, nowMs: NOW })).toEqual([])
})

it('knows its last mark before an instant', () => {
  const marks = [
    { startMs: 15 * MINUTE, atMs: 700 },
    { startMs: 16 * MINUTE, atMs: 900 },
    { startMs: 17 * MINUTE, atMs: 800 },
  ]
  const span = { workspaceId: 1, fromMs: BUILT_TO, toMs: 18 * MINUTE, marks }
  expect([15, 16, 17, 18].map((minute) => lastMarkMs(span, minute * MINUTE))).toEqual([0, 700, 900, 900])
})
