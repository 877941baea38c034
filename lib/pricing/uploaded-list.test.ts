import { describe, expect, it } from 'vitest'
import { diffPriceLists } from './diff-price-lists'
import { listProviders } from './genai-prices'
import { loadListPriceBook } from './price-book'
import { readUploadedList, UPLOADED_SOURCE } from './uploaded-list'

const shipped = (): unknown => JSON.parse(JSON.stringify(listProviders()))

const provider = (models: object[], more: object = {}) => ({
  id: 'acme',
  name: 'Acme',
  api_pattern: 'x',
  models,
  ...more,
})
const model = (id: string, prices: unknown) => ({ id, match: { equals: id }, prices })

describe('an uploaded list', () => {
  it('of the package’s own data says what the package says', () => {
    const book = readUploadedList(shipped())
    const own = loadListPriceBook()
    expect(book.rows.map(({ source: _, ...row }) => row).toSorted(byId)).toEqual(
      own.rows.map(({ source: _, ...row }) => row).toSorted(byId),
    )
    expect(book.rows[0]?.source).toMatch(new RegExp(`^${UPLOADED_SOURCE} [0-9a-f]{12}`))
    expect(readUploadedList(shipped()).version).toBe(book.version)
    expect(diffPriceLists(own, book, 10)).toEqual({
      models: { added: 0, removed: 0, changed: 0 },
      prices: [],
      total: 0,
    })
  })

  it('takes constraints without their kind, as older files have them', () => {
    const { rows } = readUploadedList([
      provider([
        model('m1', [
          { prices: { input_mtok: 2, output_mtok: { base: 4, tiers: [{ start: 200_000, price: 8 }] } } },
          { constraint: { start_date: '2026-11-01' }, prices: { input_mtok: 1 } },
          { constraint: { start_time: '16:30:00Z', end_time: '00:30:00Z' }, prices: { input_mtok: 0.5 } },
        ]),
      ]),
    ])
    expect(rows.map(({ id, unitPrices }) => [id, unitPrices.inputUncached, unitPrices.output])).toEqual([
      ['acme:m1:standard:base:always', '0.000002', '0.000004'],
      ['acme:m1:standard:>200000:always', '0.000002', '0.000008'],
      ['acme:m1:standard:base:2026-11-01:00:30-16:30', '0.000001', undefined],
      ['acme:m1:standard:base:2026-11-01:16:30-00:30', '0.0000005', undefined],
    ])
  })

  it.each<[unknown, RegExp]>([
    [{}, /the file: .*Upload its/],
    [[], /at least one provider/],
    [[provider([model('m1', { input_mtok: -1 })])], /acme, m1, prices/],
    [[provider([model('m1', { input_mtok: 'two' })])], /acme, m1, prices/],
    [[provider([{ ...model('m1', {}), match: { regex: '(' } }])], /acme, m1, match/],
    [[provider([]), provider([])], /names a provider twice/],
    [[provider([])], /has no price/],
    [
      [provider([model('m1', [{ constraint: { start_date: '2026-11-01' }, prices: {} }, { prices: {} }])])],
      /not in the order of its start dates/,
    ],
  ])('says what is wrong with %j', (json, message) => {
    expect(() => readUploadedList(json)).toThrow(message)
  })
})

describe('the difference of two lists', () => {
  it('names added, removed and changed prices, and counts models', () => {
    const before = readUploadedList([
      provider([model('m1', { input_mtok: 2, output_mtok: 4 }), model('m2', { input_mtok: 1 })]),
    ])
    const after = readUploadedList([
      provider([model('m1', { input_mtok: 1.5, output_mtok: 4 }), model('m3', { input_mtok: 7 })]),
    ])
    expect(diffPriceLists(before, after, 10)).toEqual({
      models: { added: 1, removed: 1, changed: 1 },
      total: 3,
      prices: [
        difference('m1', 'changed', { inputUncached: '0.000002' }, { inputUncached: '0.0000015' }),
        difference('m2', 'removed', { inputUncached: '0.000001' }, {}),
        difference('m3', 'added', {}, { inputUncached: '0.000007' }),
      ],
    })
    expect(diffPriceLists(before, after, 1)).toMatchObject({ total: 3, prices: [{ model: 'm1' }] })
  })

  it('names a price whose validity ends elsewhere', () => {
    const first = { prices: { input_mtok: 2 } }
    const second = { constraint: { start_date: '2026-11-01' }, prices: { input_mtok: 1 } }
    const before = readUploadedList([provider([model('m1', [first])])])
    const after = readUploadedList([provider([model('m1', [first, second])])])
    expect(diffPriceLists(before, after, 10).prices.map(({ kind, place }) => [kind, place])).toEqual([
      ['added', 'standard, from 2026-11-01'],
      ['changed', 'standard, until 2026-11-01 (was always)'],
    ])
  })
})

function difference(model: string, kind: string, before: object, after: object) {
  return { provider: 'acme', model, kind, place: 'standard, always', before, after }
}

function byId(a: { id: string }, b: { id: string }): number {
  return a.id < b.id ? -1 : 1
}
