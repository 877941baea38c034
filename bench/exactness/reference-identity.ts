import { createHash } from 'node:crypto'
import type { SentEvent } from '@/bench/exactness/sent-event'

/** JSON with sorted keys (RFC 8785); what is sent here has neither exotic numbers nor keys beyond ASCII. */
function canonicalJson(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${fields.map(([name, field]) => `${JSON.stringify(name)}:${canonicalJson(field)}`).join(',')}}`
}

/** Hash of the fields as sent, without revision; in hex, so that the order of texts is the order of hashes. */
export function contentHash(event: SentEvent): string {
  const { revision: _, ...content } = event
  return createHash('sha256').update(canonicalJson(content)).digest('hex')
}

/** Identity of an attempt within its request: what the sender gives, else the hash of what was sent. */
export function attemptIdentity(event: SentEvent): string {
  if (event.attemptId !== undefined) return `id ${event.attemptId}`
  if (event.attempt !== undefined) return `number ${event.attempt}`
  return `content ${contentHash(event)}`
}
