import { createHash } from 'node:crypto'
import canonicalize from 'canonicalize'
import { parseRfc3339Ms } from '@/lib/events/parse-timestamp'
import { convertValue } from './convert-value'
import { TAG_PREFIX } from './event-fields'
import type { FileRecord } from './file-record'
import type { EventPlan, FieldSource } from './plan-event'

export type BuiltEvent =
  | { readonly ok: true; readonly event: Readonly<Record<string, unknown>> }
  | { readonly ok: false; readonly message: string }

/**
 * The event that a record stands for, by the plan, ready for validation.
 *
 * Identity, so that a file that is read twice counts once:
 * - without a request id, request and attempt are named after the file's content and the record's place in it;
 * - with one, but without an attempt's id or number, the attempt is named after the record's content, so that overlapping
 *   files and other constants on the command line do not count twice;
 * - a JSON record that is an event already and is read without options is passed on untouched: it is then the same
 *   attempt as if it had been posted.
 */
export function buildEvent(
  record: FileRecord & { readonly ok: true },
  plan: EventPlan,
  fileDigest: string,
): BuiltEvent {
  const event: Record<string, unknown> = {}
  const tags: Record<string, unknown> = Object.create(null)
  let isUntouched = plan.isPlain
  for (const source of plan.sources) {
    const given = 'column' in source ? readColumn(record.value, source.column) : source.constant
    const converted = convertValue(source.field, source.kind, given, plan.zone)
    if (!converted.ok) return converted
    const { value } = converted
    if (value === undefined) continue
    if (isUntouched && !isSameAs(source, given, value)) isUntouched = false
    if (source.field.startsWith(TAG_PREFIX)) {
      tags[source.field.slice(TAG_PREFIX.length)] = value
    } else {
      event[source.field] = value
    }
  }
  if (event.timestamp === undefined) return { ok: false, message: 'timestamp is missing' }
  if (Object.keys(tags).length > 0) event.tags = { ...(isObject(event.tags) ? event.tags : {}), ...tags }
  if (event.externalRequestId === undefined) {
    const id = `import:${fileDigest.slice(0, 16)}:${record.element === null ? record.line : `#${record.element}`}`
    event.externalRequestId = id
    if (event.attemptId === undefined && event.attempt === undefined) event.attemptId = id
    return { ok: true, event }
  }
  if (isUntouched) return { ok: true, event: record.value }
  if (event.attemptId === undefined && event.attempt === undefined)
    event.attemptId = `import:${hashRecord(record.value)}`
  return { ok: true, event }
}

function readColumn(value: Readonly<Record<string, unknown>>, column: string): unknown {
  if (Object.hasOwn(value, column)) return value[column]
  if (!column.includes('.')) return undefined
  let at: unknown = value
  for (const key of column.split('.')) {
    if (!isObject(at) || !Object.hasOwn(at, key)) return undefined
    at = at[key]
  }
  return at
}

function isSameAs(source: FieldSource, given: unknown, value: unknown): boolean {
  if (given === value) return true
  return source.kind === 'timestamp' && typeof given === 'string' && parseRfc3339Ms(given) === value
}

function hashRecord(value: Readonly<Record<string, unknown>>): string {
  return createHash('sha256')
    .update(canonicalize(value) ?? '')
    .digest('hex')
    .slice(0, 32)
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
