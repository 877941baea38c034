import { AppError } from '@/lib/errors'
import { findJsonProblem, isWellFormedText } from '@/lib/events/bound-json'
import { isJsonObject } from '@/lib/events/validate-event'

const FIELDS = [
  'externalRequestId',
  'provider',
  'model',
  'promptVersion',
  'endpointTag',
  'inputTokens',
  'outputTokens',
  'totalTokens',
  'latencyMs',
  'status',
  'errorCode',
  'userId',
  'dataMode',
  'environment',
] as const

const MAX_TAGS = 20
const MAX_TAG_KEY = 100
const MAX_TAG_VALUE = 500

/** Cuts at a limit of UTF-16 units without leaving half a character. */
function cut(text: string, maxLength: number): string {
  const head = text.slice(0, maxLength)
  return isWellFormedText(head) ? head : head.slice(0, -1)
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '')
}

/**
 * The event that a no-proxy client's request body says. `metadata` becomes tags: scalars as text, nested values as JSON,
 * both cut to a tag's length; what had to be cut or left out is warned of.
 * @throws AppError `invalid_body` when the body is not a JSON object, `invalid_event` when it is too deep or too large.
 */
export function readLlmRequest(body: unknown): { event: Record<string, unknown>; warnings: string[] } {
  if (!isJsonObject(body)) throw new AppError('invalid_body', 'The body must be one JSON object.')
  const problem = findJsonProblem(body)
  if (problem !== null) throw new AppError('invalid_event', problem)
  const event: Record<string, unknown> = {}
  for (const field of FIELDS) if (Object.hasOwn(body, field)) event[field] = body[field]
  const { metadata } = body
  if (metadata === undefined || metadata === null) return { event, warnings: [] }
  if (!isJsonObject(metadata)) return { event, warnings: ['metadata is not an object and was ignored.'] }

  const warnings: string[] = []
  const tags: Record<string, string> = Object.create(null)
  const keys = Object.keys(metadata).filter((key) => key !== '')
  for (const key of keys.slice(0, MAX_TAGS)) {
    const value = metadata[key]
    if (value === null || value === undefined) continue
    const text = textOf(value)
    const isWhole = text.length <= MAX_TAG_VALUE && key.length <= MAX_TAG_KEY
    if (!isWhole) warnings.push(`metadata.${cut(key, 40)} was cut to the length of a tag.`)
    tags[cut(key, MAX_TAG_KEY)] = cut(text, MAX_TAG_VALUE)
  }
  if (keys.length > MAX_TAGS) warnings.push(`metadata has ${keys.length} keys; the first ${MAX_TAGS} were kept.`)
  return { event: { ...event, tags }, warnings }
}
