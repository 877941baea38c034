import { expect, test } from 'vitest'
import { parseExport } from '@/lib/exports/parse-export'

const RANGE = { from: '2026-10-01T00:00:00Z', to: '2026-11-01T00:00:00Z' }

test('rows without totals or a byte order mark, unless asked for', () => {
  expect(parseExport({ ...RANGE, measures: ['spend'] })).toMatchObject({ grain: 'rows', totals: false, bom: false })
  expect(parseExport({ ...RANGE, measures: ['spend'], totals: true, bom: true })).toMatchObject({
    totals: true,
    bom: true,
  })
})

test('attempts need a range only; the table they were asked from does not narrow them', () => {
  expect(parseExport({ ...RANGE, grain: 'attempts' }).query).toMatchObject({ dimensions: [], filters: [] })
  const { query } = parseExport({
    ...RANGE,
    grain: 'attempts',
    measures: ['requests'],
    dimensions: ['user'],
    orderBy: [{ key: 'user' }],
    compare: 'previous',
    filters: [{ dimension: 'endpoint', values: ['/chat'] }],
  })
  expect(query).toMatchObject({ dimensions: [], orderBy: [], compare: null })
  expect(query.filters).toHaveLength(1)
})

test.each([
  [null],
  ['x'],
  [[]],
  [{}],
  [{ ...RANGE }],
  [{ ...RANGE, measures: ['cost;DROP'] }],
  [{ ...RANGE, measures: ['spend'], grain: 'requests' }],
  [{ ...RANGE, measures: ['spend'], totals: 'yes' }],
  [{ ...RANGE, measures: ['spend'], format: 'xlsx' }],
  [{ ...RANGE, grain: 'attempts', filters: [{ dimension: 'nothing', values: ['x'] }] }],
])('refuses %j', (body) => {
  expect(() => parseExport(body)).toThrow(expect.objectContaining({ status: 400 }))
})
