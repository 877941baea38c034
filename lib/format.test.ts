import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  formatAverage,
  formatBucket,
  formatChange,
  formatChangeRatio,
  formatCompactCount,
  formatCount,
  formatDateTime,
  formatDifference,
  formatDurationMs,
  formatFactor,
  formatMoney,
  formatRange,
  formatRatio,
  formatValue,
} from '@/lib/format'

describe('formatMoney', () => {
  it.each([
    ['0', '$0.00'],
    ['-0', '$0.00'],
    ['1', '$1.00'],
    ['1234.5', '$1,234.50'],
    ['-1234567.891', '−$1,234,567.89'],
    ['0.5', '$0.50'],
    ['0.4231', '$0.423'],
    ['0.00042', '$0.00042'],
    ['0.0123456', '$0.0123'],
    ['0.99961', '$1.00'],
    ['-0.00042', '−$0.00042'],
    ['0.000000000000000001', '<$0.00000001'],
    ['-0.000000000000000001', '>−$0.00000001'],
    ['123456789012345678.123456789012345678', '$123,456,789,012,345,678.12'],
  ])('auto: %s is %s', (value, expected) => {
    expect(formatMoney(value, 'USD')).toBe(expected)
  })

  it('rounds half away from zero', () => {
    expect(formatMoney('2.005', 'USD')).toBe('$2.01')
    expect(formatMoney('2.015', 'USD')).toBe('$2.02')
    expect(formatMoney('-2.005', 'USD')).toBe('−$2.01')
  })

  it('shows every digit when exact', () => {
    expect(formatMoney('1234.000000000000000001', 'USD', { precision: 'exact' })).toBe('$1,234.000000000000000001')
    expect(formatMoney('0.000000000000000001', 'USD', { precision: 'exact' })).toBe('$0.000000000000000001')
    expect(formatMoney('12', 'USD', { precision: 'exact' })).toBe('$12.00')
  })

  it.each([
    ['0', '$0'],
    ['250', '$250'],
    ['2.5', '$2.50'],
    ['999.99', '$999.99'],
    ['1200', '$1.2K'],
    ['999999', '$1M'],
    ['1240000', '$1.24M'],
    ['-56700000000', '−$56.7B'],
    ['1234567890123456', '$1,235T'],
  ])('compact: %s is %s', (value, expected) => {
    expect(formatMoney(value, 'USD', { precision: 'compact' })).toBe(expected)
  })

  it('knows the decimals and the symbol of the currency', () => {
    expect(formatMoney('1234.5', 'EUR')).toBe('€1,234.50')
    expect(formatMoney('1234.5', 'JPY')).toBe('¥1,235')
    expect(formatMoney('1234.5', 'CHF')).toBe('CHF\u00a01,234.50')
  })

  it('never shows an absent value as zero', () => {
    expect(formatMoney(null, 'USD')).toBe('–')
  })

  it('keeps every digit of any 18-digit decimal when exact', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 36n }), (scaled) => {
        const digits = scaled.toString().padStart(19, '0')
        const value = `${digits.slice(0, -18)}.${digits.slice(-18)}`
        const shown = formatMoney(value, 'USD', { precision: 'exact' }).replace(/[$,]/g, '')
        const [whole, fraction = ''] = shown.split('.')
        expect(BigInt(`${whole}${fraction.padEnd(18, '0')}`)).toBe(scaled)
      }),
    )
  })
})

describe('counts', () => {
  it('keeps every digit of 64-bit counts', () => {
    expect(formatCount('18446744073709551615')).toBe('18,446,744,073,709,551,615')
    expect(formatCount(9007199254740993n)).toBe('9,007,199,254,740,993')
    expect(formatCount(-1204)).toBe('−1,204')
    expect(formatCount(null)).toBe('–')
  })

  it('is compact in three significant digits', () => {
    expect(formatCompactCount('999')).toBe('999')
    expect(formatCompactCount('999500')).toBe('1M')
    expect(formatCompactCount('12345')).toBe('12.3K')
    expect(formatCompactCount('18446744073709551615')).toBe('18,446,744T')
    expect(formatCompactCount(null)).toBe('–')
  })
})

describe('formatRatio', () => {
  it.each([
    ['0', '0%'],
    ['1', '100%'],
    ['0.02312', '2.31%'],
    ['0.000001', '<0.01%'],
    ['-0.000001', '>−0.01%'],
    ['0.99999', '>99.99%'],
    ['12.5', '1,250.00%'],
    ['-0.05', '−5.00%'],
  ])('%s is %s', (value, expected) => {
    expect(formatRatio(value)).toBe(expected)
  })

  it('has no value for a quotient by zero', () => {
    expect(formatRatio(null)).toBe('–')
  })
})

describe('other kinds', () => {
  it.each([
    ['0', '0 ms'],
    ['0.42', '0.42 ms'],
    ['842.4', '842 ms'],
    ['999.6', '1.00 s'],
    ['1240', '1.24 s'],
    ['59996', '1 min 00 s'],
    ['125000', '2 min 05 s'],
    ['11220000', '3 h 07 min'],
  ])('duration of %s ms is %s', (value, expected) => {
    expect(formatDurationMs(value)).toBe(expected)
  })

  it('writes factors and dispatches on the format', () => {
    expect(formatFactor('1.0795')).toBe('1.08×')
    expect(formatValue('0.5', { kind: 'ratio' })).toBe('50.00%')
    expect(formatValue('0.5', { kind: 'ratio' }, 'compact')).toBe('50%')
    expect(formatValue('0.123456789', { kind: 'ratio' }, 'exact')).toBe('12.3456789%')
    expect(formatValue('1500', { kind: 'duration' }, 'compact')).toBe('1.5 s')
    expect(formatValue('12345', { kind: 'count' }, 'compact')).toBe('12.3K')
    expect(formatValue(null, { kind: 'duration' }, 'compact')).toBe('–')
  })
})

describe('formatChange', () => {
  it('calls growth from nothing new, never 100 %', () => {
    expect(formatChange('5', '0')).toEqual({ kind: 'new', absolute: '5', ratio: null })
    expect(formatChange('5', null)).toEqual({ kind: 'new', absolute: '5', ratio: null })
    expect(formatChangeRatio(formatChange('5', '0'))).toBe('new')
  })

  it('calls what fell to nothing gone', () => {
    expect(formatChange('0', '5')).toEqual({ kind: 'gone', absolute: '-5', ratio: '-1' })
  })

  it('does not call gone what has no value now', () => {
    expect(formatChange(null, '5')).toEqual({ kind: 'none', absolute: null, ratio: null })
    expect(formatChangeRatio(formatChange(null, '5'))).toBe('–')
  })

  it('tells no difference from nothing to compare', () => {
    expect(formatChange('5', '5.0')).toEqual({ kind: 'none', absolute: '0', ratio: '0' })
    expect(formatChange(null, null)).toEqual({ kind: 'none', absolute: null, ratio: null })
    expect(formatChangeRatio(formatChange('5', '5'))).toBe('±0%')
    expect(formatChangeRatio(formatChange(null, null))).toBe('–')
  })

  it('divides by the magnitude before, exactly', () => {
    expect(formatChange('0.3', '0.1')).toEqual({ kind: 'change', absolute: '0.2', ratio: '2' })
    expect(formatChange('-5', '-10')).toEqual({ kind: 'change', absolute: '5', ratio: '0.5' })
    expect(formatChangeRatio(formatChange('112.34', '100'))).toBe('+12.3%')
    expect(formatChangeRatio(formatChange('99.999', '100'))).toBe('−<0.1%')
  })

  it('writes differences with their sign, those of ratios in percentage points', () => {
    expect(formatDifference('12.3', { kind: 'money', currency: 'USD' })).toBe('+$12.30')
    expect(formatDifference('-1204', { kind: 'count' })).toBe('−1,204')
    expect(formatDifference('0.0042', { kind: 'ratio' })).toBe('+0.42 pp')
    expect(formatDifference('0', { kind: 'count' })).toBe('±0')
    expect(formatDifference(null, { kind: 'count' })).toBe('–')
  })
})

describe('dates', () => {
  const berlin = 'Europe/Berlin'

  it('shows instants in the given zone', () => {
    expect(formatDateTime('2026-11-21T13:03:27Z', berlin)).toBe('21 Nov 2026, 14:03')
    expect(formatDateTime('2026-11-21T13:03:27Z', 'Asia/Kolkata', { seconds: true })).toBe('21 Nov 2026, 18:33:27')
    expect(formatDateTime('2026-11-20T23:00:00Z', berlin)).toBe('21 Nov 2026, 00:00')
  })

  it('names buckets by their granularity', () => {
    const start = '2026-11-15T23:00:00Z'
    expect(formatBucket(start, 'day', berlin)).toBe('Mon 16 Nov 2026')
    expect(formatBucket(start, 'day', berlin, { style: 'short' })).toBe('16 Nov')
    expect(formatBucket(start, 'week', berlin)).toBe('Week 47, from 16 Nov 2026')
    expect(formatBucket(start, 'month', berlin)).toBe('Nov 2026')
    expect(formatBucket('2026-09-30T22:00:00Z', 'quarter', berlin)).toBe('Q4 2026')
    expect(formatBucket('2026-12-31T23:00:00Z', 'month', berlin, { style: 'short' })).toBe('Jan 2027')
    expect(formatBucket('2026-12-28T00:00:00Z', 'week', 'UTC')).toBe('Week 53, from 28 Dec 2026')
  })

  it('tells the two hours of the autumn change apart', () => {
    expect(formatBucket('2026-10-25T00:00:00Z', 'hour', berlin)).toBe('25 Oct 2026, 02:00 GMT+2')
    expect(formatBucket('2026-10-25T01:00:00Z', 'hour', berlin)).toBe('25 Oct 2026, 02:00 GMT+1')
  })

  it('names the last day of a half-open range of whole days', () => {
    expect(formatRange('2026-09-30T22:00:00Z', '2026-10-31T23:00:00Z', berlin)).toBe('1–31 Oct 2026')
    expect(formatRange('2026-10-22T22:00:00Z', '2026-11-21T23:00:00Z', berlin)).toBe('23 Oct – 21 Nov 2026')
    expect(formatRange('2026-11-20T23:00:00Z', '2026-11-21T23:00:00Z', berlin)).toBe('21 Nov 2026')
    expect(formatRange('2025-12-31T00:00:00Z', '2026-01-02T00:00:00Z', 'UTC')).toBe('31 Dec 2025 – 1 Jan 2026')
    expect(formatRange('2026-11-20T23:00:00Z', '2026-11-21T13:03:00Z', berlin)).toBe('21 Nov 2026, 00:00 – 14:03')
  })
})

describe('formatAverage', () => {
  it('keeps one decimal, and all of them when exact', () => {
    expect(formatAverage('3314.757769352479')).toBe('3,314.8')
    expect(formatAverage('3314.757769352479', 'exact')).toBe('3,314.757769352479')
    expect(formatAverage('0')).toBe('0.0')
    expect(formatAverage('-12.05')).toBe('−12.1')
    expect(formatAverage(null)).toBe('–')
  })
})
