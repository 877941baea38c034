import { createHmac, hkdfSync } from 'node:crypto'

export type ErasureKind = 'user' | 'request'

/** A key for the hashes of what was erased: 32 bytes derived from the installation's secret, good for nothing else. */
export type ErasureKey = Buffer

/** The key of the erasure hashes. Another secret gives another key, which matches nothing that was hashed before. */
export function deriveErasureKey(secret: string): ErasureKey {
  return Buffer.from(hkdfSync('sha256', secret, '', 'farthing erasure hashes v1', 32))
}

function prefixOf(workspaceId: number, kind: ErasureKind): string {
  return `${workspaceId}/${kind}/`
}

/** HMAC-SHA-256 (hex) of a user or an externalRequestId of a workspace. */
export function hashSubject(key: ErasureKey, workspaceId: number, kind: ErasureKind, subject: string): string {
  return createHmac('sha256', key)
    .update(prefixOf(workspaceId, kind) + subject, 'utf8')
    .digest('hex')
}

/** Parameters with which the store computes {@link hashSubject} itself by {@link hashSubjectSql}. */
export function hashParams(key: ErasureKey, workspaceId: number, kind: ErasureKind): Record<string, string> {
  const pad = (byte: number) => Buffer.from(Array.from({ length: 64 }, (_, place) => (key[place] ?? 0) ^ byte))
  return {
    innerPad: pad(0x36).toString('hex'),
    outerPad: pad(0x5c).toString('hex'),
    prefix: prefixOf(workspaceId, kind),
  }
}

/** {@link hashSubject} as an expression of ClickHouse over a column (RFC 2104 spelt out). */
export function hashSubjectSql(column: string): string {
  return `lower(hex(SHA256(concat(unhex({outerPad:String}),
    SHA256(concat(unhex({innerPad:String}), {prefix:String}, ${column}))))))`
}
