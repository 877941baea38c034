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
