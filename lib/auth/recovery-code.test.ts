import { expect, it } from 'vitest'
import { hashRecoveryCode, newRecoveryCodes } from './recovery-code'

it('makes ten different codes', () => {
  const codes = newRecoveryCodes()
  expect(new Set(codes).size).toBe(10)
  for (const code of codes) expect(code).toMatch(/^([a-km-np-z2-9]{4}-){3}[a-km-np-z2-9]{4}$/)
})

it('knows a code however it is typed, and nothing else', () => {
  const [code = ''] = newRecoveryCodes()
  expect(hashRecoveryCode(` ${code.toUpperCase().replaceAll('-', ' ')} `)).toBe(hashRecoveryCode(code))
  expect(hashRecoveryCode(code)).toMatch(/^[0-9a-f]{64}$/)
  for (const wrong of ['', '123456', `${code}a`, `${code.slice(1)}`, 'ü'.repeat(16)]) {
    expect(hashRecoveryCode(wrong)).toBeNull()
  }
})
