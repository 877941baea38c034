import { expect, it } from 'vitest'
import { findPersonalData } from '@/lib/events/looks-personal'

it.each([
  ['ada@example.com', 'an e-mail address'],
  ['+49 170 1234567', 'a phone number'],
  ['(030) 123-4567', 'a phone number'],
  ['555-123-4567', 'a phone number'],
  ['Ada Lovelace', "a person's name"],
  ['José García-Márquez', "a person's name"],
])('%s looks like %s', (userId, kind) => {
  expect(findPersonalData(userId)).toBe(kind)
})

it.each([
  'u_8f3a2b',
  '8675309',
  '1234567890123',
  '550e8400-e29b-41d4-a716-446655440000',
  '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  'tenant-42',
  'Acme',
  'acme corp',
  '2026-10-01',
])('%s does not look personal', (userId) => {
  expect(findPersonalData(userId)).toBeNull()
})
