import { describe, expect, it } from 'vitest'
import { contractForm } from './contract-form'

const FORM = { provider: 'openai', model: 'gpt-4o', reason: 'Agreement of 2026', price_inputUncached: '2' }

const errorsOf = (form: Record<string, string>) =>
  contractForm.safeParse(form).error?.issues.map(({ path, message }) => [path[0], message])

describe('the form of a contract price', () => {
  it('takes prices per million tokens and per thousand requests as prices per unit', () => {
    const { contract, scope, currency } = contractForm.parse({
      ...FORM,
      price_output: '10.000000000001',
      price_toolRequests: '7',
      price_reasoning: '',
      effectiveFrom: '2026-10-01',
      contextAbove: '200000',
    })
    expect([scope, currency]).toEqual(['workspace', 'USD'])
    expect(contract).toEqual({
      provider: 'openai',
      model: 'gpt-4o',
      serviceTier: 'standard',
      region: null,
      contextBand: '>200000',
      effectiveFrom: new Date('2026-10-01T00:00:00Z'),
      effectiveTo: null,
      dailyFrom: null,
      dailyTo: null,
      reason: 'Agreement of 2026',
      terms: {
        kind: 'prices',
        unitPrices: { inputUncached: '0.000002', output: '0.000010000000000001', toolRequests: '0.007' },
      },
    })
  })

  it('takes a discount, which has no currency', () => {
    const form = { ...FORM, kind: 'discount', discountPercent: '12.5', currency: 'EUR' }
    const { contract, currency } = contractForm.parse(form)
    expect([contract.terms, currency]).toEqual([{ kind: 'discount', discountPercent: '12.5' }, 'USD'])
  })

  it('takes a discount on the base context alone', () => {
    const form = { ...FORM, kind: 'discount', discountPercent: '12.5', discountBand: 'base' }
    expect(contractForm.parse(form).contract.contextBand).toBe('base')
    expect(errorsOf({ ...form, contextAbove: '1' })).toEqual([['contextAbove', expect.stringMatching(/empty/)]])
  })

  const tiers = (...rows: [priceClass: string, upTo: string, price: string][]) => ({
    ...{ ...FORM, kind: 'volume' },
    tiers: JSON.stringify(rows.map(([priceClass, upTo, price]) => ({ priceClass, upTo, price }))),
  })

  it('takes the tiers of each class in the order of their rows, with separators in the numbers', () => {
    const { contract } = contractForm.parse(
      tiers(
        ['inputUncached', '1,000,000,000', '2'],
        ['toolRequests', '', '7'],
        ['inputUncached', '5_000 000 000', '1.60'],
        ['inputUncached', ' ', '0'],
      ),
    )
    expect(contract.terms).toEqual({
      kind: 'volume',
      tiers: {
        inputUncached: [
          { upTo: '1000000000', unitPrice: '0.000002' },
          { upTo: '5000000000', unitPrice: '0.0000016' },
          { upTo: null, unitPrice: '0' },
        ],
        toolRequests: [{ upTo: null, unitPrice: '0.007' }],
      },
    })
  })

  it.each<[string, Record<string, string>, string, RegExp]>([
    ['no tier', tiers(), 'tiers', /at least one tier/],
    ['what is no list of tiers', { ...FORM, kind: 'volume', tiers: '[1]' }, 'tiers', /at most 60/],
    ['an end that is no number', tiers(['output', 'many', '1'], ['output', '', '1']), 'tiers.0.upTo', /whole number/],
    ['an end of 0', tiers(['output', '0', '1'], ['output', '', '1']), 'tiers.0.upTo', /above 0/],
    [
      'equal ends',
      tiers(['output', '9', '2'], ['output', '9', '1'], ['output', '', '1']),
      'tiers.1.upTo',
      /more units/,
    ],
    ['no open end', tiers(['output', '9', '2'], ['output', '10', '1']), 'tiers.1.upTo', /Leave the end of the last/],
    ['an open end before the last', tiers(['output', '', '2'], ['output', '', '1']), 'tiers.0.upTo', /Only the last/],
    ['a price below 0', tiers(['output', '', '-1']), 'tiers.0.price', /such as 2.50/],
    ['no price', tiers(['output', '', '']), 'tiers.0.price', /such as 2.50/],
    ['EUR without a first day', { ...tiers(['output', '', '1']), currency: 'EUR' }, 'effectiveFrom', /first day/],
  ])('says what is wrong with a schedule with %s', (_, form, field, message) => {
    expect(errorsOf(form)).toEqual([[field, expect.stringMatching(message)]])
  })

  it.each<[Record<string, string>, string, RegExp]>([
    [{ price_inputUncached: '' }, 'price_inputUncached', /at least one price/],
    [{ price_output: '1,50' }, 'price_output', /such as 2.50/],
    [{ price_output: '-1' }, 'price_output', /such as 2.50/],
    [{ kind: 'discount' }, 'discountPercent', /above 0/],
    [{ kind: 'discount', discountPercent: '101' }, 'discountPercent', /at most 100/],
    [{ effectiveFrom: '2026-02-31x' }, 'effectiveFrom', /such as 2026-11-01/],
    [{ effectiveFrom: '2026-10-02', effectiveTo: '2026-10-02' }, 'effectiveTo', /after the beginning/],
    [{ dailyFrom: '09:00' }, 'dailyTo', /both times/],
    [{ contextAbove: 'many' }, 'contextAbove', /whole number/],
    [{ reason: ' ' }, 'reason', /Say why/],
    [{ model: '' }, 'model', /Enter a name/],
    [{ currency: 'euro' }, 'currency', /such as EUR/],
    [{ currency: 'EUR' }, 'effectiveFrom', /first day/],
  ])('says what is wrong with %j', (change, field, message) => {
    expect(errorsOf({ ...FORM, ...change })).toEqual([[field, expect.stringMatching(message)]])
  })
})
