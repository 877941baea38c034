import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { convertPrices, findRate, parseRatesCsv, type StoredRate } from './exchange-rates'

const rate = (id: number, day: string, rateToUsd: string, currency = 'EUR'): StoredRate => ({
  id,
  currency,
  day,
  rateToUsd,
  source: 'ECB',
})

describe('the rate of a day', () => {
  const rates = [
    rate(1, '2026-10-01', '1.08'),
    rate(2, '2026-10-03', '1.09'),
    rate(3, '2026-10-01', '1.081'),
    rate(4, '2026-10-02', '1.25', 'GBP'),
  ]

  it.each([
    ['2026-10-01', '1.081', false],
    ['2026-10-02', '1.081', true],
    ['2026-10-03', '1.09', false],
    ['2030-01-01', '1.09', true],
  ])('%s is %s, earlier: %s', (day, rateToUsd, isEarlier) => {
    expect(findRate(rates, 'EUR', day)).toMatchObject({ rateToUsd, isEarlier })
  })

  it('is nothing before the first and of another currency, never 1', () => {
    expect(findRate(rates, 'EUR', '2026-09-30')).toBeNull()
    expect(findRate(rates, 'CHF', '2026-10-03')).toBeNull()
  })

  it('is the same in whatever order rates are read', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(rates, { minLength: rates.length }), (shuffled) => {
        expect(findRate(shuffled, 'EUR', '2026-10-02')).toEqual(findRate(rates, 'EUR', '2026-10-02'))
      }),
    )
  })
})

describe('a file of rates', () => {
  it('is read by the names of its columns', () => {
    const text =
      '\uFEFFdate,Currency,rate,source\r\n2026-10-01,eur,1.0800,"ECB, daily"\r\n\r\n2026-10-02,GBP,1.25,BoE\r\n'
    expect(parseRatesCsv(text)).toEqual([
      { currency: 'EUR', day: '2026-10-01', rateToUsd: '1.08', source: 'ECB, daily' },
      { currency: 'GBP', day: '2026-10-02', rateToUsd: '1.25', source: 'BoE' },
    ])
  })

  it.each([
    ['', /no rate/],
    ['currency,date,rate,source\n', /no rate/],
    ['currency,date\nEUR,2026-10-01', /lacks rate, source/],
    [
      'currency,date,rate,source\nEUR,2026-10-01,1.1,x\nEUR,2026-02-30,1.1,x',
      /Line 3: .*2026-11-01.* Nothing was stored/,
    ],
    ['currency,date,rate,source\nEUR,2026-10-01,0,x', /Line 2: Enter a rate above 0/],
    ['currency,date,rate,source\nEUR,2026-10-01,"1,1",x', /Line 2: Enter USD/],
    ['currency,date,rate,source\nUSD,2026-10-01,1,x', /Line 2: The ledger is in USD/],
    ['currency,date,rate,source\nEUR,2026-10-01,1.1,', /Line 2: Say where/],
    ['currency,date,rate,source\n"EUR,2026-10-01,1.1,x', /no CSV/],
  ])('says what is wrong with %j', (text, message) => {
    expect(() => parseRatesCsv(text)).toThrow(message)
  })
})

it('converts exactly, and rounds to the digits of a unit price', () => {
  expect(convertPrices({ inputUncached: '0.000002', output: '0' }, '1.0842')).toEqual({
    inputUncached: '0.0000021684',
    output: '0',
  })
  expect(convertPrices({ output: '0.000000000000000003' }, '0.5')).toEqual({ output: '0.000000000000000002' })
})
