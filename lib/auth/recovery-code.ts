import { createHash, randomBytes } from 'node:crypto'

const COUNT = 10
/** 32 letters and digits, none of which looks like another. */
const ALPHABET = 'abcdefghijkmnpqrstuvwxyz23456789'
const LENGTH = 16

/** Ten new codes of 80 bits, in groups of four. */
export function newRecoveryCodes(): string[] {
  return Array.from({ length: COUNT }, () => {
    const letters = [...randomBytes(LENGTH)].map((byte) => ALPHABET[byte % ALPHABET.length]).join('')
    return letters.replace(/(.{4})(?=.)/g, '$1-')
  })
}

/** What is stored of a code; null for what has not its form. Case, spaces and dashes do not matter. */
export function hashRecoveryCode(code: string): string | null {
  const letters = code.toLowerCase().replace(/[\s-]/g, '')
  if (letters.length !== LENGTH || !/^[a-z0-9]+$/.test(letters)) return null
  return createHash('sha256').update(letters, 'utf8').digest('hex')
}
