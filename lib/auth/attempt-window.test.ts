import { describe, expect, it } from 'vitest'
import { AttemptWindow } from './attempt-window'

const build = (maxKeys = 100) => new AttemptWindow({ limit: 3, windowMs: 1_000, maxKeys })

describe('AttemptWindow', () => {
  it('takes up to the limit and then says how long to wait', () => {
    const window = build()
    expect([0, 10, 20].map((nowMs) => window.take(['ada'], nowMs))).toEqual([0, 0, 0])
    expect(window.take(['ada'], 400)).toBe(600)
    expect(window.take(['bob'], 400)).toBe(0)
  })

  it('starts a new window when the first one is over', () => {
    const window = build()
    for (let taken = 0; taken < 3; taken += 1) window.take(['ada'], 0)
    expect(window.take(['ada'], 999)).toBe(1)
    expect(window.take(['ada'], 1_000)).toBe(0)
  })

  it('takes from none of the keys when one has no room', () => {
    const window = build()
    for (let taken = 0; taken < 3; taken += 1) window.take(['address'], 0)
    for (let refused = 0; refused < 5; refused += 1) expect(window.take(['address', 'ada'], 1)).toBe(999)
    expect(window.take(['ada'], 2)).toBe(0)
    expect(window.take(['ada'], 2)).toBe(0)
    expect(window.take(['ada'], 2)).toBe(0)
    expect(window.take(['ada'], 2)).toBe(1_000)
  })

  it('gives attempts back and forgets keys', () => {
    const window = build()
    for (let taken = 0; taken < 3; taken += 1) window.take(['ada'], 0)
    window.giveBack('ada')
    expect(window.take(['ada'], 1)).toBe(0)
    expect(window.take(['ada'], 1)).toBe(999)
    window.clear('ada')
    expect(window.take(['ada'], 1)).toBe(0)
  })

  it('keeps a bounded number of keys', () => {
    const window = build(10)
    for (let index = 0; index < 1_000; index += 1) window.take([`made-up-${index}`], index)
    expect(window.size).toBe(10)
  })
})
