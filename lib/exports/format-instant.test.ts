import { expect, test } from 'vitest'
import { createInstantFormatter } from '@/lib/exports/format-instant'

test.each([
  ['UTC', '2026-10-01T00:00:00.000Z', '2026-10-01T00:00:00.000Z'],
  ['Europe/Berlin', '2026-09-30T22:00:00.007Z', '2026-10-01T00:00:00.007+02:00'],
  ['Asia/Kathmandu', '2026-09-30T18:15:00.000Z', '2026-10-01T00:00:00.000+05:45'],
  ['America/Los_Angeles', '2026-12-31T23:59:59.999Z', '2026-12-31T15:59:59.999-08:00'],
])('%s: %s', (zone, at, expected) => {
  expect(createInstantFormatter(zone)(Date.parse(at))).toBe(expected)
})

test('keeps up with a change of the offset', () => {
  const format = createInstantFormatter('Europe/Berlin')
  expect(format(Date.parse('2026-10-25T00:59:59.999Z'))).toBe('2026-10-25T02:59:59.999+02:00')
  expect(format(Date.parse('2026-10-25T01:00:00.000Z'))).toBe('2026-10-25T02:00:00.000+01:00')
  expect(format(Date.parse('2026-10-25T00:59:59.999Z'))).toBe('2026-10-25T02:59:59.999+02:00')
})
