import { expect, test } from 'vitest'
import { requireSameOrigin } from '@/lib/http/require-same-origin'

const check = (headers: Record<string, string>, publicUrl?: string) => () =>
  requireSameOrigin(new Headers({ host: 'farthing.example', ...headers }), publicUrl)

test.each([
  [{}],
  [{ origin: 'https://farthing.example' }],
  [{ origin: 'https://farthing.example', 'sec-fetch-site': 'same-origin' }],
])('takes %j', (headers) => {
  expect(check(headers)).not.toThrow()
})

test.each([
  [{ origin: 'https://evil.example' }],
  [{ origin: 'null' }],
  [{ origin: 'https://farthing.example.evil.example' }],
  [{ 'sec-fetch-site': 'cross-site' }],
  [{ 'sec-fetch-site': 'same-site', origin: 'https://farthing.example' }],
  [{ 'sec-fetch-site': 'none' }],
])('refuses %j', (headers) => {
  expect(check(headers)).toThrow(expect.objectContaining({ code: 'forbidden' }))
})

test('takes the public address behind a proxy that passes its own host', () => {
  const headers = { host: 'internal:3000', origin: 'https://farthing.example' }
  expect(check(headers)).toThrow()
  expect(check(headers, 'https://farthing.example')).not.toThrow()
})
