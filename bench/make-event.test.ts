import { describe, expect, it } from 'vitest'
import { makeEvent } from '@/bench/make-event'

describe('makeEvent', () => {
  const events = Array.from({ length: 10_000 }, (_, index) => makeEvent(7, index, 1_000))

  it('gives the same event for the same number', () => {
    expect(makeEvent(7, 4_321, 1_000)).toEqual(events[4_321])
    expect(makeEvent(8, 4_321, 1_000).externalRequestId).not.toBe(events[4_321]?.externalRequestId)
  })

  it('has 95 requests in 100 attempts, and every attempt an id of its own', () => {
    expect(new Set(events.map(({ externalRequestId }) => externalRequestId)).size).toBe(9_500)
    expect(new Set(events.map(({ attemptId }) => attemptId)).size).toBe(10_000)
  })

  it('repeats 3 % on the same model and falls back to another with 2 %', () => {
    const seconds = events.flatMap((event, index) =>
      event.attempt === 2 ? [{ event, before: events[index - 1] }] : [],
    )
    const sameModel = seconds.filter(({ event, before }) => event.model === before?.model)
    expect([seconds.length, sameModel.length]).toEqual([500, 300])
    const shared = ['externalRequestId', 'endpointTag', 'promptVersion', 'userId', 'tags']
    for (const { event, before } of seconds) {
      for (const field of shared) expect(event[field]).toEqual(before?.[field])
    }
  })
})
