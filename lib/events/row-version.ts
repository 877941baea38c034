const RECEIPT_EPOCH_MS = 1_577_836_800_000n
const RECEIPT_MASK = (1n << 43n) - 1n

/** The highest `class_seq` of a living row; one more is the tombstone of that content. */
export const CLASS_SEQ_MAX = 65_534

/**
 * The part of a row's version that says which content of an identity wins: the highest revision, then the earliest
 * receipt, then the lowest content hash (its upper 16 bits).
 */
export function rankContent(revision: number, receivedAtMs: number, contentHash: number): bigint {
  const sinceEpoch = BigInt(receivedAtMs) - RECEIPT_EPOCH_MS
  const bounded = sinceEpoch < 0n ? 0n : sinceEpoch > RECEIPT_MASK ? RECEIPT_MASK : sinceEpoch
  const invertedHash = 0xffffn - BigInt(contentHash >>> 16)
  return (BigInt(revision) << 59n) | ((RECEIPT_MASK - bounded) << 16n) | invertedHash
}

/** The part of a content hash that a row's version does not hold: its lower 16 bits. */
export function contentRestOf(contentHash: number): number {
  return contentHash & 0xffff
}

/** UInt128 version: the rank, then how much was known of the request when the row was classified. */
export function composeVersion(rank: bigint, classSeq: number): bigint {
  return (rank << 16n) | BigInt(Math.min(Math.max(classSeq, 0), CLASS_SEQ_MAX))
}

/** Version of the row that deletes `version` and every other classification of the same content. */
export function tombstoneVersion(version: bigint): bigint {
  return version | 0xffffn
}

export function rankOf(version: bigint): bigint {
  return version >> 16n
}

export function classSeqOf(version: bigint): number {
  return Number(version & 0xffffn)
}
