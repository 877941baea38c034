import { createHash } from 'node:crypto'
import canonicalize from 'canonicalize'

/** Fields that are statements about an attempt rather than part of its content. */
const NOT_CONTENT = new Set(['revision', 'outcome', 'qualityScore'])

export type IdentityKind = 'attemptId' | 'attempt' | 'content'

export type RequestScope = {
  workspaceId: number
  dataMode: string
  environment: string
  externalRequestId: string
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text, 'utf8').digest()
}

/** First 64 bits of SHA-256 as an unsigned decimal. */
function hash64(text: string): string {
  return digest(text).readBigUInt64BE(0).toString()
}

/**
 * SHA-256 (hex) of the canonical JSON (RFC 8785) of an event as it was sent, without `revision`, `outcome` and
 * `qualityScore`. The event must hold finite numbers only.
 */
export function digestContent(event: Record<string, unknown>): string {
  const content: Record<string, unknown> = Object.create(null)
  for (const key of Object.keys(event)) if (!NOT_CONTENT.has(key)) content[key] = event[key]
  return digest(canonicalize(content) ?? '').toString('hex')
}

/** The stored 32 bits of a content digest: it is only ever compared with other contents of one attempt. */
export function contentHashOf(contentDigest: string): number {
  return Number.parseInt(contentDigest.slice(0, 8), 16)
}

function scopeParts(scope: RequestScope): (string | number)[] {
  return [scope.workspaceId, scope.dataMode, scope.environment, scope.externalRequestId]
}

/** Key of a request: 64 bits of SHA-256 over the canonical JSON of its scope and id. */
export function keyOfRequest(scope: RequestScope): string {
  return hash64(JSON.stringify(scopeParts(scope)))
}

/** Key of an attempt within everything stored: 64 bits of SHA-256 over the request's identity and the attempt's. */
export function keyOfAttempt(scope: RequestScope, kind: IdentityKind, value: string | number): string {
  return hash64(JSON.stringify([...scopeParts(scope), kind, value]))
}

/** What should be the same for all attempts of a request, as a text to compare; where it differs the request is `mixed`. */
export function contextOf(context: {
  endpoint: string
  promptVersion: string
  userId: string
  apiKeyId: number
  tags: readonly (readonly [string, string])[]
}): string {
  const tags = [...context.tags].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  return JSON.stringify([context.endpoint, context.promptVersion, context.userId, context.apiKeyId, tags])
}
