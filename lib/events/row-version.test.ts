import fc from 'fast-check'
import { expect, it } from 'vitest'
import {
  CLASS_SEQ_MAX,
  classSeqOf,
  composeVersion,
  rankContent,
  rankOf,
  tombstoneVersion,
} from '@/lib/events/row-version'

const LATER_MS = Date.parse('2026-11-15T12:00:00Z')
const revision = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER })
const receipt = fc.integer({ min: Date.parse('2020-01-02T00:00:00Z'), max: Date.parse('2100-01-01T00:00:00Z') })
const hash = fc.integer({ min: 0, max: 2 ** 32 - 1 })

it('ranks by revision, then earliest receipt, then lowest content hash', () => {
  const low = rankContent(1, LATER_MS, 0)
  expect(rankContent(2, LATER_MS + 1, 2 ** 32 - 1)).toBeGreaterThan(low)
  expect(rankContent(1, LATER_MS + 1, 0)).toBeLessThan(low)
  expect(rankContent(1, LATER_MS, 2 ** 31)).toBeLessThan(low)
})

it('fits 128 bits and gives its parts back', () => {
  fc.assert(
    fc.property(
      revision,
      receipt,
      hash,
      fc.integer({ min: 0, max: CLASS_SEQ_MAX }),
      (number, receivedAtMs, content, seq) => {
        const rank = rankContent(number, receivedAtMs, content)
        const version = composeVersion(rank, seq)
        expect(version).toBeLessThan(1n << 128n)
        expect([rankOf(version), classSeqOf(version)]).toEqual([rank, seq])
        expect(tombstoneVersion(version)).toBeGreaterThan(version)
        expect(rankOf(tombstoneVersion(version))).toBe(rank)
      },
    ),
  )
})

it('saturates how much is known of a request', () => {
  expect(classSeqOf(composeVersion(1n, 1_000_000))).toBe(CLASS_SEQ_MAX)
})
