import { expect, it } from 'vitest'
import { budgetInput } from '@/lib/budgets/budget-input'

const FORM = {
  name: ' Checkout ',
  period: 'month',
  amount: '1500.50',
  owner: '',
  backup: '',
  spentPercents: '100, 50 80%,50',
  spentBasis: 'actualUpper',
  forecastPercents: '',
  guardMode: 'observe',
  degradeAtPercent: '',
  substituteModel: '',
  maxOutputTokens: '',
}
const errorsOf = (form: object) => {
  const parsed = budgetInput.safeParse({ ...FORM, ...form })
  return parsed.success ? [] : parsed.error.issues.map(({ path }) => path[0])
}

it('reads a form: thresholds once and in order, filters with values only', () => {
  const parsed = budgetInput.parse({
    ...FORM,
    rollOver: 'on',
    filterDimension: ['endpoint', 'tag', 'model'],
    filterTagKey: ['', 'team', ''],
    filterOperator: ['in', 'notIn', 'in'],
    filterValues: ['/chat, (unattributed)', 'red', ' '],
  })
  expect(parsed).toMatchObject({
    name: 'Checkout',
    amount: '1500.5',
    rollOver: true,
    ownerId: null,
    thresholds: [50, 80, 100].map((percent) => ({ percent, basis: 'actualUpper' })),
    filters: [
      { dimension: 'endpoint', operator: 'in', values: ['/chat', null] },
      { dimension: 'tag.team', operator: 'notIn', values: ['red'] },
    ],
  })
})

it.each([
  ['amount', { amount: '0' }],
  ['amount', { amount: 'nothing' }],
  ['amount', { amount: '-5' }],
  ['amount', { amount: '1e30' }],
  ['amount', { amount: 'NaN' }],
  ['name', { name: ' ' }],
  ['spentPercents', { spentPercents: '50, many' }],
  ['spentPercents', { spentPercents: '0' }],
  ['firstDay', { period: 'custom', firstDay: '', lastDay: '2026-11-30' }],
  ['lastDay', { period: 'custom', firstDay: '2026-11-10', lastDay: '2026-11-09' }],
  ['firstDay', { period: 'custom', firstDay: '2026-02-30', lastDay: '2026-03-09' }],
  ['backup', { owner: '0198c1d4-8d2f-7c5e-9d3a-1b2c3d4e5f60', backup: '0198c1d4-8d2f-7c5e-9d3a-1b2c3d4e5f60' }],
  ['substituteModel', { guardMode: 'degrade' }],
  ['filters', { filterDimension: ['cost;DROP'], filterValues: ['x'] }],
  ['filters', { filterDimension: ['tag'], filterTagKey: [' '], filterValues: ['x'] }],
])('marks the field %s of what cannot be', (field, form) => {
  expect(errorsOf(form)).toContain(field)
})

it('drops what does not belong to the period', () => {
  const monthly = budgetInput.parse({ ...FORM, firstDay: '2026-11-10', lastDay: '2026-11-20' })
  expect(monthly).toMatchObject({ firstDay: null, lastDay: null })
  const custom = budgetInput.parse({
    ...FORM,
    period: 'custom',
    firstDay: '2026-11-10',
    lastDay: '2026-11-10',
    rollOver: 'on',
  })
  expect(custom).toMatchObject({ firstDay: '2026-11-10', lastDay: '2026-11-10', rollOver: false })
})
