import { createHmac } from 'node:crypto'
import { expect, it } from 'vitest'
import { deriveErasureKey, hashParams, hashSubject } from '@/lib/ledger/erasure-hash'

const key = deriveErasureKey('a secret of a unit test that is long enough')

it('gives every workspace and kind its own hash of a subject', () => {
  const hashes = [
    hashSubject(key, 1, 'user', 'u'),
    hashSubject(key, 2, 'user', 'u'),
    hashSubject(key, 1, 'request', 'u'),
    hashSubject(key, 1, 'user', 'v'),
  ]
  expect(new Set(hashes).size).toBe(4)
  expect(hashes.every((hash) => /^[0-9a-f]{64}$/.test(hash))).toBe(true)
  expect(hashSubject(deriveErasureKey('another secret of a unit test, long too'), 1, 'user', 'u')).not.toBe(hashes[0])
})

it('is the HMAC of its message under the derived key', () => {
  expect(hashSubject(key, 7, 'request', 'r-1')).toBe(createHmac('sha256', key).update('7/request/r-1').digest('hex'))
  const { innerPad, outerPad, prefix } = hashParams(key, 7, 'request')
  expect([innerPad?.length, outerPad?.length, prefix]).toEqual([128, 128, '7/request/'])
})
