import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type BudgetThreshold, DEFAULT_THRESHOLDS } from '@/lib/budgets/budget'
import { decideThresholds, type ThresholdEffect, type ThresholdState } from '@/lib/budgets/decide-thresholds'

const START = new Date('2026-11-01T00:00:00Z')
const KEY = 'budget:7:2026-11-01T00:00:00.000Z'

/** Evaluates a budget again and again; tells what each evaluation did. */
function evaluator(initial: readonly BudgetThreshold[]) {
  let states: ThresholdState[] = []
  let minute = 0
  return (
    value: string | null,
    options: { amount?: string; forecast?: string | null; thresholds?: readonly BudgetThreshold[] } = {},
  ) => {
    minute += 1
    const step = decideThresholds(
      { id: 7, thresholds: options.thresholds ?? initial },
      START,
      states,
      {
        amount: options.amount ?? '100',
        values: { actual: value, actualUpper: value, forecast: options.forecast ?? null },
      },
      new Date(START.getTime() + minute * 60_000),
    )
    states = step.states
    return step.effects
      .filter(({ kind }) => kind !== 'update')
      .map(({ kind, key }) => `${kind} ${key.slice(KEY.length + 1)}`)
  }
}

it('fires each threshold once in a period', () => {
  const evaluate = evaluator(DEFAULT_THRESHOLDS)
  expect(evaluate('49.99')).toEqual([])
  expect(evaluate('50')).toEqual(['raise actualUpper:50'])
  expect(evaluate('60')).toEqual([])
  expect(evaluate('80')).toEqual(['raise actualUpper:80'])
  expect(evaluate('100')).toEqual(['raise actualUpper:100'])
  expect(evaluate('300')).toEqual([])
})

it('speaks once when several thresholds are crossed at once', () => {
  const evaluate = evaluator(DEFAULT_THRESHOLDS)
  expect(evaluate('120', { forecast: '130' })).toEqual(['raise actualUpper:100'])
  expect(evaluate('121', { forecast: '131' })).toEqual([])
})

it('fires again only after recovery beyond the hysteresis, under another key', () => {
  const evaluate = evaluator([{ percent: 100, basis: 'forecast' }])
  expect(evaluate('10', { forecast: '101' })).toEqual(['raise forecast:100'])
  expect(evaluate('10', { forecast: '99' })).toEqual([])
  expect(evaluate('10', { forecast: '101' })).toEqual([])
  expect(evaluate('10', { forecast: '94.99' })).toEqual(['resolve forecast:100'])
  expect(evaluate('10', { forecast: '99' })).toEqual([])
  expect(evaluate('10', { forecast: '100' })).toEqual(['raise forecast:100:2'])
})

it('lets an unknown value change nothing', () => {
  const evaluate = evaluator([{ percent: 100, basis: 'forecast' }])
  expect(evaluate('10', { forecast: null })).toEqual([])
  expect(evaluate('10', { forecast: '120' })).toEqual(['raise forecast:100'])
  expect(evaluate('10', { forecast: null })).toEqual([])
  expect(evaluate('10', { forecast: '120' })).toEqual([])
})

it('lets the lower threshold speak when the amount is raised past the higher', () => {
  const evaluate = evaluator(DEFAULT_THRESHOLDS)
  expect(evaluate('100')).toEqual(['raise actualUpper:100'])
  expect(evaluate('100', { amount: '120' })).toEqual(['raise actualUpper:80', 'resolve actualUpper:100'])
  expect(evaluate('120', { amount: '120' })).toEqual(['raise actualUpper:100:2'])
})

it('ends what is no longer a threshold, and does not reuse its key', () => {
  const evaluate = evaluator([{ percent: 50, basis: 'actual' }])
  expect(evaluate('60')).toEqual(['raise actual:50'])
  expect(evaluate('60', { thresholds: [] })).toEqual(['resolve actual:50'])
  expect(evaluate('60')).toEqual(['raise actual:50:2'])
})

it('never raises a key twice, resolves only what is open, and fires again only after a recovery', () => {
  const money = fc.integer({ min: 0, max: 200_000 }).map((cents) => (cents / 1_000).toFixed(3))
  const threshold = fc.record({
    percent: fc.constantFrom(50, 80, 100, 120),
    basis: fc.constantFrom('actual' as const, 'actualUpper' as const, 'forecast' as const),
  })
  const thresholds = fc.uniqueArray(threshold, { maxLength: 6, selector: ({ percent, basis }) => `${basis}${percent}` })
  const reading = fc.record({
    amount: fc.constantFrom('100', '100', '80', '150'),
    actual: fc.option(money, { freq: 10 }),
    extra: money,
    forecast: fc.option(money, { freq: 4 }),
  })
  fc.assert(
    fc.property(thresholds, fc.array(reading, { maxLength: 40 }), (own, readings) => {
      const raised = new Set<string>()
      const open = new Set<string>()
      const recovered = new Map<string, boolean>()
      let states: ThresholdState[] = []
      const check = (effect: ThresholdEffect) => {
        const name = `${effect.threshold.basis}:${effect.threshold.percent}`
        if (effect.kind === 'raise') {
          expect(raised.has(effect.key)).toBe(false)
          expect(recovered.get(name) ?? true).toBe(true)
          raised.add(effect.key)
          open.add(effect.key)
          recovered.set(name, false)
        } else {
          expect(open.has(effect.key)).toBe(true)
          if (effect.kind === 'resolve') open.delete(effect.key)
        }
      }
      for (const [index, { amount, actual, extra, forecast }] of readings.entries()) {
        const upper = actual === null ? null : String(Number(actual) + Number(extra))
        const values = { actual, actualUpper: upper, forecast }
        for (const { basis, percent } of own) {
          const value = values[basis]
          if (value !== null && Number(value) < Number(amount) * percent * 0.0095)
            recovered.set(`${basis}:${percent}`, true)
        }
        const step = decideThresholds({ id: 7, thresholds: own }, START, states, { amount, values }, new Date(index))
        states = step.states
        step.effects.forEach(check)
        // The same reading again, by another replica or after a restart, says nothing new.
        const again = decideThresholds({ id: 7, thresholds: own }, START, states, { amount, values }, new Date(index))
        expect(again.effects.filter(({ kind }) => kind !== 'update')).toEqual([])
      }
    }),
    { numRuns: 500 },
  )
})
