import { describe, expect, test } from 'vitest'
import { backTest } from '@/lib/rules/back-test'
import { reviewClosed } from '@/lib/rules/closed-windows'
import { judgeLive, judgeWindow, type WindowReading } from '@/lib/rules/judge'
import { BLANK_RULE, READY_MADE_RULES } from '@/lib/rules/ready-made'
import { type RuleDefinition, type RuleDefinitionInput, ruleDefinition } from '@/lib/rules/rule-schema'

const HOUR_MS = 3_600_000
const START_MS = Date.UTC(2026, 9, 1)

const rule = (change: Partial<RuleDefinitionInput> = {}): RuleDefinition =>
  ruleDefinition.parse({ ...BLANK_RULE, name: 'x', window: 'hour', minVolume: 10, hysteresisPercent: 10, ...change })

function window(hour: number, value: string | null, more: Partial<WindowReading> = {}): WindowReading {
  return {
    start: new Date(START_MS + hour * HOUR_MS),
    end: new Date(START_MS + (hour + 1) * HOUR_MS),
    isFinished: true,
    value,
    attempts: value === null ? '0' : '100',
    baseline: null,
    expectation: null,
    ...more,
  }
}

const problem = (change: Partial<RuleDefinitionInput>) =>
  ruleDefinition.safeParse({ ...BLANK_RULE, name: 'x', ...change }).error?.issues[0]?.path[0]

describe('a rule', () => {
  test('of every ready-made kind can be stored', () => {
    for (const { id, rule: ready } of READY_MADE_RULES) {
      expect([id, ruleDefinition.safeParse(ready).error?.message]).toEqual([id, undefined])
    }
  })

  test.each([
    [{ kind: 'change' }, 'comparison'],
    [{ comparison: 'previous' }, 'comparison'],
    [{ measure: 'topNShare' }, 'measure'],
    [{ measure: 'nothing' }, 'measure'],
    [{ direction: 'either' }, 'direction'],
    [{ noData: 'alert', groupBy: 'endpoint' }, 'noData'],
    [{ kind: 'anomaly', window: 'week', threshold: '4' }, 'window'],
    [{ kind: 'anomaly', threshold: '1' }, 'threshold'],
    [{ kind: 'change', comparison: 'previous', threshold: '0' }, 'threshold'],
    [{ kind: 'change', comparison: 'previous', threshold: '1', direction: 'below' }, 'threshold'],
    [{ threshold: '-1' }, 'threshold'],
    [{ threshold: '1e9' }, 'threshold'],
    [{ forMinutes: 1.5 }, 'forMinutes'],
    [{ hysteresisPercent: 91 }, 'hysteresisPercent'],
    [{ name: ' ' }, 'name'],
    [{ kind: 'change', comparison: 'beforeVersion', groupBy: 'endpoint', window: 'day', measure: 'spend' }, 'measure'],
  ] as const)('refuses %j', (change, field) => {
    expect(problem(change)).toBe(field)
  })
})

describe('a window', () => {
  test.each([
    ['100', 'ok', false],
    ['100.000000000000000001', 'breach', false],
    ['90', 'ok', true],
    ['90.1', 'ok', false],
  ] as const)('of %s against 100 with 10 %% hysteresis: %s, recovered %s', (value, reading, isRecovered) => {
    expect(judgeWindow(rule(), window(0, value))).toMatchObject({ reading, isRecovered, bound: '100' })
  })

  test('below: mirrored, and nothing is a number of what is summed', () => {
    const below = rule({ direction: 'below', measure: 'requests' })
    expect(judgeWindow(below, window(0, '99'))).toMatchObject({ reading: 'breach' })
    expect(judgeWindow(below, window(0, '109'))).toMatchObject({ reading: 'ok', isRecovered: false })
    expect(judgeWindow(below, window(0, '110'))).toMatchObject({ reading: 'ok', isRecovered: true })
    expect(judgeWindow(below, window(0, '0', { attempts: '0' }))).toMatchObject({ reading: 'breach' })
  })

  test('without attempts, with few, and without a value is told apart', () => {
    expect(judgeWindow(rule(), window(0, '0', { attempts: '0' })).reading).toBe('noData')
    expect(judgeWindow(rule(), window(0, '500', { attempts: '9' })).reading).toBe('lowVolume')
    expect(judgeWindow(rule(), window(0, null, { attempts: '50' })).reading).toBe('noData')
  })

  test('of a change is held against the window compared with', () => {
    const change = rule({ kind: 'change', comparison: 'previous', threshold: '0.15', measure: 'costPerRequest' })
    const against = (value: string, before: string | null, attempts = '100') =>
      judgeWindow(change, window(0, value, { baseline: { value: before, attempts } }))
    expect(against('0.0115', '0.01')).toMatchObject({ reading: 'ok', isRecovered: false, bound: '0.0115' })
    expect(against('0.01151', '0.01')).toMatchObject({ reading: 'breach', bound: '0.0115', baseline: '0.01' })
    expect(against('0.01135', '0.01')).toMatchObject({ reading: 'ok', isRecovered: true })
    expect(against('1', null).reading).toBe('noBaseline')
    expect(against('1', '0').reading).toBe('noBaseline')
    expect(against('1', '0.01', '9').reading).toBe('noBaseline')
    const fall = rule({ kind: 'change', comparison: 'previous', threshold: '0.5', direction: 'below' })
    expect(judgeWindow(fall, window(0, '49', { baseline: { value: '100', attempts: '100' } }))).toMatchObject({
      reading: 'breach',
      bound: '50',
    })
  })
})

describe('live', () => {
  const current = (value: string | null, attempts = '100') => window(1, value, { isFinished: false, attempts })

  test('a sum under way fires as soon as it is beyond, and recovers only by a window that is over', () => {
    expect(judgeLive(rule(), 'normal', current('101'), window(0, '5')).reading).toBe('breach')
    expect(judgeLive(rule(), 'normal', current('3'), window(0, '500'))).toMatchObject({ reading: 'ok', value: '3' })
    expect(judgeLive(rule(), 'firing', current('3'), window(0, '500'))).toMatchObject({ reading: 'breach' })
    expect(judgeLive(rule(), 'firing', current('3'), window(0, '50'))).toMatchObject({ isRecovered: true })
  })

  test('too little of a sum is known only at its end', () => {
    const below = rule({ direction: 'below' })
    expect(judgeLive(below, 'normal', current('0'), window(0, '500')).reading).toBe('ok')
    expect(judgeLive(below, 'normal', current('500'), window(0, '5')).reading).toBe('breach')
  })

  test('a quotient goes by the window before until it has its volume', () => {
    const ratio = rule({ measure: 'errorRatio', threshold: '0.05' })
    expect(judgeLive(ratio, 'normal', current('1', '2'), window(0, '0.01'))).toMatchObject({ value: '0.01' })
    expect(judgeLive(ratio, 'normal', current('1', '10'), window(0, '0.01'))).toMatchObject({ reading: 'breach' })
    expect(judgeLive(ratio, 'firing', current(null), window(0, null)).reading).toBe('noData')
  })

  test('data that are back end an alert on their absence', () => {
    expect(judgeLive(rule(), 'firing', current('3'), window(0, '0', { attempts: '0' }))).toMatchObject({
      reading: 'ok',
      isRecovered: true,
    })
  })
})

describe('windows that are over', () => {
  const verdicts = (...values: (string | null)[]) =>
    values.map((value, hour) => judgeWindow(rule(), window(hour, value)))
  const since = new Date(START_MS)
  const review = (known: Parameters<typeof reviewClosed>[0], ...values: (string | null)[]) =>
    reviewClosed(known, verdicts(...values), { since, live: null, isFirst: false })

  test('late events that move one beyond the threshold are told once', () => {
    const first = review([], '5', '6')
    expect([first.revised, first.missed]).toEqual([[], []])
    const second = review(first.known, '5', '106')
    expect(second.revised.map(({ value }) => value)).toEqual(['106'])
    const third = review(second.known, '5', '107')
    expect([third.revised, third.missed]).toEqual([[], []])
  })

  test('one that ended unseen is told, one seen live is not, nor one from before the rule', () => {
    expect(review([], '500').missed).toHaveLength(1)
    const live = reviewClosed([], [], { since, live: new Date(START_MS), isFirst: false })
    expect(live.known).toHaveLength(1)
    expect(reviewClosed(live.known, verdicts('500'), { since, live: null, isFirst: false })).toMatchObject({
      missed: [],
      revised: [],
    })
    const later = { since: new Date(START_MS + HOUR_MS), live: null, isFirst: false }
    expect(reviewClosed([], verdicts('500'), later).missed).toEqual([])
    expect(reviewClosed([], verdicts('500'), { since, live: null, isFirst: true }).missed).toEqual([])
  })
})

describe('a back-test', () => {
  const group = { key: '', label: null, values: [] }

  test('fires, ends and fires again as live', () => {
    const values = ['5', '200', '300', '95', '80', '5', '150', '5']
    const firings = backTest(rule(), [{ group, windows: values.map((value, hour) => window(hour, value)) }])
    expect(firings.map(({ firedAt, resolvedAt }) => [firedAt, resolvedAt].map((at) => at && hourOf(at)))).toEqual([
      [2, 5],
      [7, 8],
    ])
  })

  test('a duration longer than a window needs several in a row', () => {
    const values = ['200', '5', '200', '200', '5']
    const slow = rule({ forMinutes: 120 })
    const firings = backTest(slow, [{ group, windows: values.map((value, hour) => window(hour, value)) }])
    expect(firings.map(({ firedAt }) => hourOf(firedAt))).toEqual([4])
  })

  const hourOf = (at: Date) => (at.getTime() - START_MS) / HOUR_MS
})
