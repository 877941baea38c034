import { expect, it } from 'vitest'
import { findTotpStep, newTotpSecret, totpUri } from './totp'

/** The secret "12345678901234567890" and codes of RFC 6238, appendix B, SHA-1, cut to six digits. */
const SECRET = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'

it.each([
  [59, '287082', 1],
  [1_111_111_109, '081804', 37_037_036],
  [1_234_567_890, '005924', 41_152_263],
  [20_000_000_000, '353130', 666_666_666],
])('knows the code of second %i', (second, code, step) => {
  expect(findTotpStep(SECRET, code, second * 1_000)).toBe(step)
  expect(findTotpStep(SECRET, code, (second + 30) * 1_000)).toBe(step)
  expect(findTotpStep(SECRET, code, (second - 30) * 1_000)).toBe(step)
  expect(findTotpStep(SECRET, code, (second + 90) * 1_000)).toBeNull()
})

it.each(['', '28708', '2870822', 'abcdef', ' 287082', '२८७०८२'])('refuses %j', (code) => {
  expect(findTotpStep(SECRET, code, 59_000)).toBeNull()
})

it('makes secrets of 160 bits and an address that apps read', () => {
  const secret = newTotpSecret()
  expect(secret).toMatch(/^[A-Z2-7]{32}$/)
  expect(secret).not.toBe(newTotpSecret())
  expect(totpUri(secret, 'ada@example.com')).toBe(
    `otpauth://totp/Farthing:ada%40example.com?issuer=Farthing&secret=${secret}&algorithm=SHA1&digits=6&period=30`,
  )
})
