import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type EscalationStep, NO_PROGRESS } from './escalation-step'
import { noteRuns, planEscalation, pullNextStep } from './plan-escalation'
import { addActiveMinutes, listQuietRanges, type QuietTime } from './quiet-time'

const LOUD: QuietTime = { timeZone: 'UTC', hours: null, holidays: [], silences: [] }
const step = (afterMinutes: number, repeatEveryMinutes: number | null = null): EscalationStep => ({
  afterMinutes,
  target: { kind: 'owner' },
  repeatEveryMinutes,
})
const STEPS = [step(0, 10), step(15), step(30)]
const at = (iso: string) => new Date(iso)
const iso = (instant: Date | null) => instant?.toISOString() ?? null

describe('quiet time', () => {
  const night = (timeZone: string): QuietTime => ({ ...LOUD, timeZone, hours: { from: '22:00', to: '07:00' } })

  // The night in which clocks go back has ten hours, the one in which they go forward has eight.
  it.each([
    ['Pacific/Auckland', '2026-04-04T12:00:00Z', '2026-04-04T19:00:00.000Z', 'clocks go back'],
    ['Pacific/Auckland', '2026-09-26T12:00:00Z', '2026-09-26T18:00:00.000Z', 'clocks go forward'],
    ['America/Los_Angeles', '2026-03-08T08:00:00Z', '2026-03-08T14:00:00.000Z', 'clocks go forward'],
    ['America/Los_Angeles', '2026-11-01T07:00:00Z', '2026-11-01T15:00:00.000Z', 'clocks go back'],
    ['Asia/Kathmandu', '2026-10-31T20:00:00Z', '2026-11-01T01:15:00.000Z', 'a quarter-hour zone, end of a month'],
  ])('%s: at %s quiet ends at %s (%s)', (timeZone, from, end) => {
    expect(iso(addActiveMinutes(at(from), 0, night(timeZone)))).toBe(end)
  })

  it('does not count quiet minutes', () => {
    const quiet = night('UTC')
    expect(iso(addActiveMinutes(at('2026-11-01T21:50:00Z'), 5, quiet))).toBe('2026-11-01T21:55:00.000Z')
    expect(iso(addActiveMinutes(at('2026-11-01T21:50:00Z'), 10, quiet))).toBe('2026-11-02T07:00:00.000Z')
    expect(iso(addActiveMinutes(at('2026-11-01T21:50:00Z'), 25, quiet))).toBe('2026-11-02T07:15:00.000Z')
  })

  it('joins nights, holidays and silences', () => {
    const quiet = {
      ...night('UTC'),
      holidays: ['2026-12-25'],
      silences: [{ from: at('2026-12-26T06:30:00Z'), to: at('2026-12-26T09:00:00Z') }],
    }
    expect(iso(addActiveMinutes(at('2026-12-24T23:00:00Z'), 1, quiet))).toBe('2026-12-26T09:01:00.000Z')
    expect(listQuietRanges(quiet, { from: at('2026-12-24T12:00:00Z'), to: at('2026-12-26T12:00:00Z') })).toEqual([
      { from: at('2026-12-24T22:00:00Z'), to: at('2026-12-26T09:00:00Z') },
    ])
  })

  it('ends never when all time is quiet', () => {
    const silences = [{ from: at('2026-01-01T00:00:00Z'), to: at('2036-01-01T00:00:00Z') }]
    expect(addActiveMinutes(at('2026-06-01T00:00:00Z'), 0, { ...LOUD, silences })).toBeNull()
  })

  it('property: the instant is not quiet, and the active time before it is what was asked', () => {
    const minute = fc.integer({ min: 0, max: 1_439 })
    const timeOf = (m: number) => `${String(Math.floor(m / 60)).padStart(2, '0')}:${String(m % 60).padStart(2, '0')}`
    fc.assert(
      fc.property(
        fc.constantFrom('Pacific/Auckland', 'America/Los_Angeles', 'Asia/Kathmandu', 'UTC'),
        fc.tuple(minute, minute).filter(([from, to]) => from !== to),
        fc.date({ min: at('2026-01-01T00:00:00Z'), max: at('2026-12-31T00:00:00Z'), noInvalidDate: true }),
        fc.integer({ min: 0, max: 600 }),
        (timeZone, [from, to], start, minutes) => {
          // What takes more than a year has no end.
          fc.pre(((from - to + 1_440) % 1_440) * 300 > minutes)
          const quiet: QuietTime = { ...LOUD, timeZone, hours: { from: timeOf(from), to: timeOf(to) } }
          const end = addActiveMinutes(start, minutes, quiet)
          if (end === null) return false
          const ranges = listQuietRanges(quiet, { from: start, to: new Date(end.getTime() + 1) })
          const quietMs = ranges.reduce((sum, range) => sum + (Math.min(+range.to, +end) - +range.from), 0)
          const isQuiet = listQuietRanges(quiet, { from: end, to: new Date(end.getTime() + 1) }).length > 0
          return !isQuiet && +end - +start - quietMs === minutes * 60_000
        },
      ),
    )
  })
})

describe('plan', () => {
  const startedAt = at('2026-11-02T12:00:00Z')
  const plan = (minutes: number, progress = NO_PROGRESS) =>
    planEscalation({ steps: STEPS, progress, startedAt, quiet: LOUD, now: new Date(+startedAt + minutes * 60_000) })

  it('runs the first step at once and knows when the next is due', () => {
    expect(plan(0)).toEqual({ due: [{ position: 0, repetition: 0 }], nextAt: at('2026-11-02T12:10:00Z') })
  })

  it('repeats, and after a standstill runs what it missed once', () => {
    const ran = noteRuns(NO_PROGRESS, plan(0).due, startedAt)
    expect(plan(9, ran)).toEqual({ due: [], nextAt: at('2026-11-02T12:10:00Z') })
    expect(plan(10, ran).due).toEqual([{ position: 0, repetition: 1 }])
    expect(plan(300, ran).due).toEqual([
      { position: 0, repetition: 1 },
      { position: 1, repetition: 0 },
      { position: 2, repetition: 0 },
    ])
  })

  it('brings the next step forward, once', () => {
    const ran = noteRuns(NO_PROGRESS, plan(0).due, startedAt)
    const pulled = pullNextStep(STEPS, ran, 0, at('2026-11-02T12:02:00Z'))
    expect(pulled && plan(2, pulled).due).toEqual([{ position: 1, repetition: 0 }])
    expect(pulled && pullNextStep(STEPS, pulled, 0, at('2026-11-02T12:03:00Z'))).toBe(pulled)
    expect(pullNextStep(STEPS, ran, 2, startedAt)).toBeNull()
  })
})
