import { describe, expect, it } from 'vitest'
import { showBytes, showCount, showFactor, showMs } from '@/bench/format-figures'
import { median, quantile } from '@/bench/quantile'
import { renderMarkdown, renderText } from '@/bench/render-table'

const table = {
  title: 'Questions',
  note: 'Medians.',
  columns: ['', 'ms', 'ratio'],
  rows: [
    ['top users', '16', '2.1×'],
    ['all', '1,275', '–'],
  ],
}

describe('a table', () => {
  it('is aligned in a terminal', () => {
    expect(renderText(table)).toBe(
      [
        'Questions',
        'Medians.',
        '',
        '              ms  ratio',
        '-----------------------',
        'top users     16   2.1×',
        'all        1,275      –',
        '',
      ].join('\n'),
    )
  })

  it('is a table in Markdown, bars escaped', () => {
    expect(renderMarkdown({ ...table, rows: [['a|b', '1', '2']] })).toBe(
      ['## Questions', '', 'Medians.', '', '|  | ms | ratio |', '|---|---:|---:|', '| a\\|b | 1 | 2 |', ''].join('\n'),
    )
  })
})

describe('figures', () => {
  it.each([
    [0.714, '0.71'],
    [4.06, '4.1'],
    [52.4, '52'],
    [1275.2, '1,275'],
    [Number.NaN, '–'],
  ])('shows %d ms as %s', (value, shown) => expect(showMs(value)).toBe(shown))

  it('shows counts, factors and bytes', () => {
    expect([showCount(20_000_000.4), showFactor(0.84), showFactor(1234.5), showFactor(1 / 0)]).toEqual([
      '20,000,000',
      '0.8×',
      '1,235×',
      '–',
    ])
    expect([showBytes(81), showBytes(1_650_000_000), showBytes(25e12), showBytes(3e18)]).toEqual([
      '81 B',
      '1.6 GB',
      '25 TB',
      '3,000 PB',
    ])
  })
})

describe('quantile', () => {
  it('is the nearest rank', () => {
    const values = [50, 15, 40, 20, 35]
    expect([quantile(values, 0.3), quantile(values, 0.4), quantile(values, 1), quantile(values, 0)]).toEqual([
      20, 20, 50, 15,
    ])
    expect([median(values), median([1, 2, 3, 4]), median([])]).toEqual([35, 2, Number.NaN])
  })
})
