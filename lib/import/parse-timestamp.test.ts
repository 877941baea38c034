import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseTimestamp } from './parse-timestamp'

function iso(text: string, zone = 'UTC'): string {
  const parsed = parseTimestamp(text, zone)
  return parsed.ok ? new Date(parsed.epochMs).toISOString() : `! ${parsed.message}`
}

describe('parseTimestamp', () => {
  it.each([
    ['2023-11-16 18:15:46.6805900', '2023-11-16T18:15:46.680Z'],
    ['2023-11-16 18:15:46.9999999', '2023-11-16T18:15:46.999Z'],
    ['2023-11-16 18:15:46.1', '2023-11-16T18:15:46.100Z'],
    ['2023-11-16 18:15:46,123456789', '2023-11-16T18:15:46.123Z'],
    ['2023-11-16 18:15:46', '2023-11-16T18:15:46.000Z'],
    ['2023-11-16T18:15', '2023-11-16T18:15:00.000Z'],
    ['2023-11-16T18:15:46Z', '2023-11-16T18:15:46.000Z'],
    ['2023-11-16 18:15:46 UTC', '2023-11-16T18:15:46.000Z'],
    ['2023-11-16T18:15:46.5+05:30', '2023-11-16T12:45:46.500Z'],
    ['2023-11-16T18:15:46-0800', '2023-11-17T02:15:46.000Z'],
    ['2023-11-16T18:15:46+01', '2023-11-16T17:15:46.000Z'],
    [' 1700158546 ', '2023-11-16T18:15:46.000Z'],
    ['1700158546.6805', '2023-11-16T18:15:46.680Z'],
    ['1700158546680', '2023-11-16T18:15:46.680Z'],
    ['2024-02-29 00:00:00', '2024-02-29T00:00:00.000Z'],
  ])('reads %s', (text, expected) => {
    expect(iso(text)).toBe(expected)
  })

  it.each([
    '',
    'yesterday',
    '2023-02-30 00:00:00',
    '2023-02-29 00:00:00',
    '2023-13-01 00:00:00',
    '2023-11-16 24:00:00',
    '2023-11-16 18:60:00',
    '2023-11-16',
    '16.11.2023 18:15:46',
    '11/16/2023 18:15:46',
    '170015854',
    '17001585466',
    '1.7e9',
    '2023-11-16T18:15:46+25:00',
    '2023-11-16 18:15:46.1234567890',
  ])('refuses %j', (text) => {
    expect(parseTimestamp(text, 'UTC').ok).toBe(false)
  })

  it('reads naive times on the wall clock of the zone, half-hour zones included', () => {
    expect(iso('2023-11-16 18:15:46.5', 'Europe/Berlin')).toBe('2023-11-16T17:15:46.500Z')
    expect(iso('2023-07-16 18:15:46', 'Europe/Berlin')).toBe('2023-07-16T16:15:46.000Z')
    expect(iso('2023-11-16 18:15:46', 'Asia/Kolkata')).toBe('2023-11-16T12:45:46.000Z')
    expect(iso('2023-11-16 18:15:46', 'Pacific/Auckland')).toBe('2023-11-16T05:15:46.000Z')
    expect(iso('2023-11-16T18:15:46Z', 'Asia/Kolkata')).toBe('2023-11-16T18:15:46.000Z')
  })

  it('moves a time that summer time leaves out on by the gap', () => {
    expect(iso('2024-03-31 02:30:00', 'Europe/Berlin')).toBe('2024-03-31T01:30:00.000Z')
    expect(iso('2024-03-31 01:59:59', 'Europe/Berlin')).toBe('2024-03-31T00:59:59.000Z')
    expect(iso('2024-03-31 03:00:00', 'Europe/Berlin')).toBe('2024-03-31T01:00:00.000Z')
    expect(iso('2024-03-10 02:30:00', 'America/New_York')).toBe('2024-03-10T07:30:00.000Z')
  })

  it('takes the first of two occurrences of a time', () => {
    expect(iso('2024-10-27 02:30:00', 'Europe/Berlin')).toBe('2024-10-27T00:30:00.000Z')
    expect(iso('2024-10-27 03:00:00', 'Europe/Berlin')).toBe('2024-10-27T02:00:00.000Z')
    expect(iso('2024-11-03 01:30:00', 'America/New_York')).toBe('2024-11-03T05:30:00.000Z')
    expect(iso('2024-04-07 02:15:00', 'Pacific/Auckland')).toBe('2024-04-06T13:15:00.000Z')
  })

  it('gives back every instant that is written in ISO, in any zone argument', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date('1990-01-01'), max: new Date('2090-01-01'), noInvalidDate: true }),
        fc.constantFrom('UTC', 'Europe/Berlin', 'America/Los_Angeles', 'Asia/Kathmandu'),
        (at, zone) => {
          expect(iso(at.toISOString(), zone)).toBe(at.toISOString())
        },
      ),
    )
  })
})
