import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Verdict } from '@/lib/rules/judge'
import { type Effect, FRESH_STATE, type RuleState, stepRule } from '@/lib/rules/state-machine'

const START_MS = Date.UTC(2026, 9, 1)
const at = (minutes: number) => new Date(START_MS + minutes * 60_000)
type Said = Pick<Verdict, 'reading' | 'isRecovered'>
const BREACH: Said = { reading: 'breach', isRecovered: false }
const OK: Said = { reading: 'ok', isRecovered: true }
const BETWEEN: Said = { reading: 'ok', isRecovered: false }
const NO_DATA: Said = { reading: 'noData', isRecovered: false }
const LOW: Said = { reading: 'lowVolume', isRecovered: false }

type Policy = Parameters<typeof stepRule>[2]

function run(steps: readonly (readonly [minutes: number, said: Said])[], policy: Policy) {
  let state: RuleState = FRESH_STATE
  const effects: (Effect | null)[] = []
  const phases: string[] = []
  for (const [minutes, said] of steps) {
    const next = stepRule(state, said, policy, at(minutes))
    state = next.state
    effects.push(next.effect)
    phases.push(state.phase)
  }
  return { state, effects, phases }
}

const RECOVER: Policy = { forMinutes: 0, noData: 'recover' }

describe('normal → pending → firing → normal', () => {
  test('fires at once without a duration, once, and again only after recovery', () => {
    const { effects, state } = run(
      [
        [0, BREACH],
        [1, BREACH],
        [2, BETWEEN],
        [3, BREACH],
        [4, OK],
        [5, BREACH],
      ],
      RECOVER,
    )
    expect(effects).toEqual(['raise', 'update', 'update', 'update', 'resolve', 'raise'])
    expect(state).toEqual({ phase: 'firing', since: at(5), firedAt: at(5), firingNumber: 2 })
  })

  test('waits as long as the rule says, without a break', () => {
    const { effects, phases } = run(
      [
        [0, BREACH],
        [9, BREACH],
        [9.5, OK],
        [10, BREACH],
        [19.9, BREACH],
        [20, BREACH],
      ],
      { forMinutes: 10, noData: 'recover' },
    )
    expect(phases).toEqual(['pending', 'pending', 'normal', 'pending', 'pending', 'firing'])
    expect(effects).toEqual([null, null, null, null, null, 'raise'])
  })

  test('a breach that has held before counts from then', () => {
    const { state, effect } = stepRule(FRESH_STATE, BREACH, { forMinutes: 60, noData: 'hold' }, at(60), at(0))
    expect([state.phase, effect]).toEqual(['firing', 'raise'])
  })

  test.each([
    ['recover', 'normal', 'resolve'],
    ['hold', 'firing', null],
    ['alert', 'firing', 'update'],
  ] as const)('no data while firing: %s', (noData, phase, effect) => {
    const { effects, phases } = run(
      [
        [0, BREACH],
        [1, NO_DATA],
      ],
      { forMinutes: 0, noData },
    )
    expect([phases[1], effects[1]]).toEqual([phase, effect])
  })

  test('no data fires by itself where the rule says so, and ends when data are back', () => {
    const { effects } = run(
      [
        [0, OK],
        [1, NO_DATA],
        [2, NO_DATA],
        [3, OK],
      ],
      { forMinutes: 0, noData: 'alert' },
    )
    expect(effects).toEqual([null, 'raise', 'update', 'resolve'])
  })

  test('what cannot be told ends what is pending and holds what fires', () => {
    const pending = run(
      [
        [0, BREACH],
        [1, LOW],
      ],
      { forMinutes: 5, noData: 'hold' },
    )
    expect(pending.phases).toEqual(['pending', 'normal'])
    const firing = run(
      [
        [0, BREACH],
        [1, { reading: 'noBaseline', isRecovered: false }],
      ],
      RECOVER,
    )
    expect([firing.phases, firing.effects[1]]).toEqual([['firing', 'firing'], null])
  })
})

const said = fc.constantFrom<Said>(BREACH, OK, BETWEEN, NO_DATA, LOW, { reading: 'noBaseline', isRecovered: false })
const history = fc.array(fc.tuple(fc.integer({ min: 0, max: 90 }), said), { maxLength: 60 })
const policy = fc.record({
  forMinutes: fc.integer({ min: 0, max: 120 }),
  noData: fc.constantFrom('recover' as const, 'hold' as const, 'alert' as const),
})

describe('whatever happens', () => {
  test('raise and resolve alternate, numbers count the firings, updates are of what fires', () => {
    fc.assert(
      fc.property(history, policy, (steps, rule) => {
        let state: RuleState = FRESH_STATE
        let minutes = 0
        let raised = 0
        let isOpen = false
        for (const [wait, verdict] of steps) {
          minutes += wait
          const { state: next, effect } = stepRule(state, verdict, rule, at(minutes))
          if (effect === 'raise') {
            expect(isOpen).toBe(false)
            isOpen = true
            raised += 1
          } else if (effect === 'resolve') {
            expect(isOpen).toBe(true)
            isOpen = false
          } else if (effect === 'update') expect(isOpen).toBe(true)
          expect(next.firingNumber).toBe(raised)
          expect(next.phase === 'firing').toBe(isOpen)
          expect((next.since === null) === (next.phase === 'normal')).toBe(true)
          state = next
        }
      }),
    )
  })

  test('nothing fires before its condition has held for its duration', () => {
    fc.assert(
      fc.property(history, policy, (steps, rule) => {
        let state: RuleState = FRESH_STATE
        let minutes = 0
        let heldSince: number | null = null
        for (const [wait, verdict] of steps) {
          minutes += wait
          const holds = verdict.reading === 'breach' || (verdict.reading === 'noData' && rule.noData === 'alert')
          heldSince = holds ? (heldSince ?? minutes) : null
          const { state: next, effect } = stepRule(state, verdict, rule, at(minutes))
          if (effect === 'raise') expect(minutes - (heldSince ?? minutes)).toBeGreaterThanOrEqual(rule.forMinutes)
          state = next
        }
      }),
    )
  })

  test('looking twice at the same instant changes nothing', () => {
    fc.assert(
      fc.property(history, policy, (steps, rule) => {
        let state: RuleState = FRESH_STATE
        let minutes = 0
        for (const [wait, verdict] of steps) {
          minutes += wait
          const once = stepRule(state, verdict, rule, at(minutes))
          const twice = stepRule(once.state, verdict, rule, at(minutes))
          expect(twice.state).toEqual(once.state)
          expect(twice.effect).not.toBe('raise')
          expect(twice.effect).not.toBe('resolve')
          state = once.state
        }
      }),
    )
  })
})
