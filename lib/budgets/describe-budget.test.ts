import { expect, it } from 'vitest'
import { alertFacts } from '@/lib/alerts/alert-facts'
import type { Budget } from '@/lib/budgets/budget'
import { budgetStateOf } from '@/lib/budgets/budget-state'
import { budgetViewPath, describeFilters, describePeriod, thresholdFacts } from '@/lib/budgets/describe-budget'

const AT = new Date('2026-11-10T12:00:00Z')
const BUDGET: Budget = {
  id: 7,
  workspaceId: 1,
  name: 'Checkout',
  filters: [
    { dimension: 'endpoint', operator: 'in', values: ['/chat', null] },
    { dimension: 'environment', operator: 'in', values: ['staging'] },
    { dimension: 'model', operator: 'notIn', values: ['a,b'] },
  ],
  period: 'month',
  customFrom: null,
  customTo: null,
  amount: '1000',
  rollOver: false,
  ownerId: null,
  backupId: null,
  thresholds: [],
  guardMode: 'observe',
  degradeAtPercent: null,
  substituteModel: null,
  maxOutputTokens: null,
  blockOnUpper: false,
  startsAt: AT,
  createdAt: AT,
  updatedAt: AT,
  archivedAt: null,
}
// November in Auckland.
const PERIOD = { from: new Date('2026-10-31T11:00:00Z'), to: new Date('2026-11-30T11:00:00Z') }
const WORKSPACE = { slug: 'shop', name: 'Shop', timeZone: 'Pacific/Auckland', currency: 'USD' }

it('names what is counted and when, and leads to exactly that', () => {
  expect(describeFilters(BUDGET.filters)).toBe('Endpoint: /chat, unattributed · Environment: staging · not Model: a,b')
  expect(describeFilters([])).toBeNull()
  expect(describePeriod(BUDGET, PERIOD, 'Pacific/Auckland')).toBe('Nov 2026')
  const path = budgetViewPath('shop', BUDGET, PERIOD, 'Pacific/Auckland')
  const params = new URLSearchParams(path.slice(path.indexOf('?')))
  expect(params.get('range')).toBe('2026-11-01..2026-12-01')
  expect(params.get('env')).toBe('staging')
  expect(params.getAll('f')).toEqual(['endpoint:in:%2Fchat,', 'model:notIn:a%2Cb'])
})

it('says a crossed forecast with its band', () => {
  const facts = thresholdFacts(
    {
      budget: BUDGET,
      period: PERIOD,
      amount: '1000',
      spend: '400',
      imputed: { low: '0', high: '0' },
      spendUpper: '400',
      forecast: { expected: '1200', low: '1100', high: '1300' },
      breachAt: null,
    },
    { threshold: { percent: 100, basis: 'forecast' }, since: AT },
    [],
    { workspace: WORKSPACE },
  )
  expect(alertFacts.parse(facts)).toMatchObject({
    title: 'Checkout: 100% of the budget forecast',
    scope: 'Shop · Endpoint: /chat, unattributed · Environment: staging · not Model: a,b · Nov 2026',
    crossed: 'Forecast $1,200.00 ($1,100.00 to $1,300.00) reached 100% ($1,000.00) of $1,000.00.',
    sharePercent: '120',
  })
})

it('tells over from near from what is only forecast', () => {
  expect(budgetStateOf('1', null)).toBe('over')
  expect(budgetStateOf('0.8', '2')).toBe('near')
  expect(budgetStateOf('0.5', '1')).toBe('forecast_over')
  expect(budgetStateOf('0.5', '0.99')).toBe('on_track')
  expect(budgetStateOf(null, null)).toBe('unknown')
})
