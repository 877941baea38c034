import { describe, expect, it } from 'vitest'
import type { Budget } from '@/lib/budgets/budget'
import { decideGuard, type GuardBudget, type GuardQuestion, type GuardSnapshot, judgeBudget } from './decide-guard'

const NOW = new Date('2026-11-21T12:00:00Z')
const LATER = new Date('2026-12-01T00:00:00Z')

const QUESTION: GuardQuestion = {
  endpoint: 'chat',
  promptVersion: null,
  user: 'u1',
  provider: 'openai',
  model: 'gpt-4o',
  environment: 'prod',
  dataMode: 'real',
  tags: { team: 'search' },
}

function found(policy: Partial<Budget>, spend: string, imputedHigh = '0', amount = '100'): GuardBudget {
  return {
    budget: {
      id: 1,
      workspaceId: 1,
      name: 'All',
      filters: [],
      period: 'month',
      customFrom: null,
      customTo: null,
      amount,
      rollOver: false,
      ownerId: null,
      backupId: null,
      thresholds: [],
      guardMode: 'block',
      degradeAtPercent: 80,
      substituteModel: 'gpt-4o-mini',
      maxOutputTokens: 500,
      blockOnUpper: false,
      startsAt: NOW,
      createdAt: NOW,
      updatedAt: NOW,
      archivedAt: null,
      ...policy,
    },
    amount,
    spend,
    imputedHigh,
    periodEnd: LATER,
    evaluatedAt: NOW,
  }
}

const defaults = { environment: ['prod'], dataMode: ['real'] }
const snapshot = (...budgets: GuardBudget[]): GuardSnapshot => ({
  observeOnly: false,
  defaults,
  budgets,
  switches: [],
})

describe('a budget says', () => {
  it.each([
    ['79.999999999999999999', '0', 'allow'],
    ['80', '0', 'degrade'],
    ['99.999999999999999999', '0', 'degrade'],
    ['100', '0', 'block'],
    ['10', '70', 'degrade'],
    ['10', '900', 'degrade'],
  ] as const)('at %s of 100 spent and up to %s unpriced: %s', (spend, imputedHigh, decision) => {
    expect(judgeBudget(found({}, spend, imputedHigh)).decision).toBe(decision)
  })

  it('blocks at the upper bound only when its policy says so', () => {
    const verdict = judgeBudget(found({ blockOnUpper: true }, '10', '90'))
    expect(verdict).toEqual({ decision: 'block', basis: 'actualUpper', sharePercent: '100' })
    expect(judgeBudget(found({ blockOnUpper: false }, '10', '90')).decision).toBe('degrade')
  })

  it('never blocks while it degrades or observes', () => {
    expect(judgeBudget(found({ guardMode: 'degrade' }, '500')).decision).toBe('degrade')
    expect(judgeBudget(found({ guardMode: 'observe' }, '500')).decision).toBe('allow')
  })

  it('degrades at 100 % where its policy does not say when, and over it where it does', () => {
    const policy = { guardMode: 'degrade' as const, degradeAtPercent: null }
    expect(judgeBudget(found(policy, '99.99')).decision).toBe('allow')
    expect(judgeBudget(found(policy, '90', '10')).decision).toBe('degrade')
    expect(judgeBudget(found({ ...policy, guardMode: 'block' }, '90', '10')).decision).toBe('allow')
    expect(judgeBudget(found({ ...policy, degradeAtPercent: 120 }, '119')).decision).toBe('allow')
    expect(judgeBudget(found({ ...policy, degradeAtPercent: 120 }, '120')).decision).toBe('degrade')
  })

  it('blocks an amount of 0 at once', () => {
    expect(judgeBudget(found({}, '0', '0', '0'))).toEqual({ decision: 'block', basis: 'actual', sharePercent: null })
  })
})

describe('a question', () => {
  it('is answered by the strictest budget that is about it, with its figures and both parts in the reason', () => {
    const answer = decideGuard(snapshot(found({}, '81', '5'), found({ id: 2, name: 'Chat' }, '120')), QUESTION, NOW)
    expect(answer).toMatchObject({ decision: 'block', unobserved: 'block', substitute: null })
    expect(answer.budget).toMatchObject({ id: 2, name: 'Chat', spend: '120', amount: '100', sharePercent: '120' })
    const degraded = decideGuard(snapshot(found({}, '81', '5')), QUESTION, NOW)
    expect(degraded.substitute).toEqual({ model: 'gpt-4o-mini', maxOutputTokens: 500 })
    expect(degraded.reason).toBe(
      'Budget All: $81.00 of $100.00 spent, and up to $5.00 more of usage without a price (86.00%).',
    )
    const thirds = decideGuard(snapshot(found({}, '1', '0', '3')), QUESTION, NOW)
    expect(thirds.reason).toBe('Budget All: $1.00 of $3.00 spent (33.33%).')
  })

  it('is about a budget of a part only when it names that part', () => {
    const filters = (dimension: 'endpoint' | 'tag.team' | 'model', value: string, operator: 'in' | 'notIn' = 'in') =>
      snapshot(found({ filters: [{ dimension, operator, values: [value] }] }, '120'))
    const decide = (state: GuardSnapshot, question = QUESTION) => decideGuard(state, question, NOW).decision
    expect(decide(filters('endpoint', 'chat'))).toBe('block')
    expect(decide(filters('endpoint', 'search'))).toBe('allow')
    expect(decide(filters('endpoint', 'chat'), { ...QUESTION, endpoint: null })).toBe('allow')
    expect(decide(filters('tag.team', 'search'))).toBe('block')
    expect(decide(filters('tag.team', 'other'))).toBe('allow')
    expect(decide(filters('model', 'gpt-4o-mini', 'notIn'))).toBe('block')
  })

  it('is about what the budget counts: the default scope, or the one that its filter says', () => {
    const decide = (environment: string, ...filters: Budget['filters']) =>
      decideGuard(snapshot(found({ filters }, '120')), { ...QUESTION, environment }, NOW).decision
    const inside = (value: string) => ({ dimension: 'environment' as const, operator: 'in' as const, values: [value] })
    expect(decide('prod')).toBe('block')
    expect(decide('unspecified')).toBe('block')
    expect(decide('dev')).toBe('allow')
    expect(decide('dev', inside('dev'))).toBe('block')
    expect(decide('prod', inside('dev'))).toBe('allow')
    expect(decide('dev', inside('*'))).toBe('block')
  })

  it('goes by no figures of a period that is over', () => {
    expect(decideGuard(snapshot(found({}, '120')), QUESTION, LATER).decision).toBe('allow')
  })

  it('is blocked by a switch until it expires, and only observed when enforcement is off', () => {
    const thrown = {
      id: 7,
      target: 'provider' as const,
      value: 'openai',
      reason: 'outage',
      ownerName: 'Ada',
      expiresAt: LATER,
    }
    const state: GuardSnapshot = { observeOnly: false, defaults, budgets: [], switches: [thrown] }
    expect(decideGuard(state, QUESTION, NOW)).toMatchObject({ decision: 'block', switch: { id: 7 } })
    expect(decideGuard(state, { ...QUESTION, provider: 'anthropic' }, NOW).decision).toBe('allow')
    expect(decideGuard(state, QUESTION, LATER).decision).toBe('allow')
    const observing = decideGuard({ ...state, observeOnly: true }, QUESTION, NOW)
    expect(observing).toMatchObject({ decision: 'allow', unobserved: 'block' })
  })
})
