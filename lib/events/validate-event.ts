import { findJsonProblem, isWellFormedText } from '@/lib/events/bound-json'
import {
  type AttemptStatus,
  DATA_MODES,
  type DataMode,
  ENVIRONMENTS,
  type Environment,
  SERVICE_TIERS,
  type ServiceTier,
  STATUSES,
} from '@/lib/events/event-names'
import { parseRfc3339Ms } from '@/lib/events/parse-timestamp'
import type { SentUsage } from '@/lib/events/split-usage'
import { ExactDecimal } from '@/lib/money'

/** An event whose fields are well formed; nothing is normalised or priced yet. Absent text is `''`. */
export type ValidEvent = {
  externalRequestId: string
  provider: string
  model: string
  endpointTag: string
  promptVersion: string
  userId: string
  usage: SentUsage
  costUsd: string | null
  serviceTier: ServiceTier
  region: string
  latencyMs: number | null
  timeToFirstTokenMs: number | null
  status: AttemptStatus
  errorCode: string
  attempt: number | null
  attemptId: string
  fallbackReason: string
  revision: number
  dataMode: DataMode | null
  environment: Environment | null
  timestampMs: number | null
  tags: [string, string][]
  outcome: string
  qualityScore: number | null
  /** Names of fields that the event has and the product does not know. */
  unknownFields: string[]
}

export type ValidationLimits = {
  receivedAtMs: number
  /** Oldest accepted timestamp in days before receipt; null takes any past. */
  maxAgeDays: number | null
}

export type ValidationResult = { ok: true; event: ValidEvent } | { ok: false; field: string | null; message: string }

const MAX_TOKENS = 1_000_000_000_000
const MAX_TEXT = 200
const MAX_TAGS = 20
const MAX_TAG_KEY = 100
const MAX_TAG_VALUE = 500
const MAX_COST_USD = 1_000_000_000
const COST_FRACTION_DIGITS = 18
const MAX_DURATION_MS = 10_000_000_000
const MAX_ATTEMPT = 4_294_967_295
const MAX_SCORE = 1_000_000_000
const FUTURE_TOLERANCE_MS = 10 * 60_000
const DAY_MS = 86_400_000
/** The first Monday of the epoch: the store's oldest week. */
const EARLIEST_MS = 4 * DAY_MS

const KNOWN_FIELDS = new Set([
  'externalRequestId',
  'provider',
  'model',
  'endpointTag',
  'promptVersion',
  'userId',
  'inputTokens',
  'outputTokens',
  'totalTokens',
  'cacheReadTokens',
  'cacheWriteTokens',
  'cacheWrite1hTokens',
  'reasoningTokens',
  'audioInputTokens',
  'audioOutputTokens',
  'toolRequests',
  'costUsd',
  'serviceTier',
  'region',
  'latencyMs',
  'timeToFirstTokenMs',
  'status',
  'errorCode',
  'attempt',
  'attemptId',
  'fallbackReason',
  'revision',
  'dataMode',
  'environment',
  'timestamp',
  'tags',
  'outcome',
  'qualityScore',
])

/** The fields of a {@link LateOutcome}; with any other field of an event it is an event that lacks its model. */
const LATE_FIELDS = new Set([
  'externalRequestId',
  'attempt',
  'attemptId',
  'dataMode',
  'environment',
  'outcome',
  'qualityScore',
])

class FieldProblem extends Error {
  constructor(
    readonly field: string | null,
    message: string,
  ) {
    super(message)
  }
}

/** A value as it may be quoted in a message: short and on one line. */
function quote(value: unknown): string {
  if (Array.isArray(value)) return 'an array'
  if (typeof value === 'object' && value !== null) return 'an object'
  if (typeof value !== 'string') return String(value)
  return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value)
}

function fail(field: string, expected: string, value: unknown): never {
  throw new FieldProblem(field, `${field} must be ${expected}, got ${quote(value)}.`)
}

type Fields = Record<string, unknown>

/** The own value of a field; null and absent are the same. */
function own(fields: Fields, field: string): unknown {
  return Object.hasOwn(fields, field) ? (fields[field] ?? null) : null
}

function checkText(field: string, value: string, maxLength: number): string {
  if (value.length > maxLength) {
    throw new FieldProblem(field, `${field} must have at most ${maxLength} characters, got ${value.length}.`)
  }
  if (!isWellFormedText(value) || value.includes('\u0000')) {
    throw new FieldProblem(field, `${field} must be Unicode text without lone surrogates and NUL characters.`)
  }
  return value
}

function readText(fields: Fields, field: string): string {
  const value = own(fields, field)
  if (value === null) return ''
  if (typeof value !== 'string') return fail(field, `text of at most ${MAX_TEXT} characters`, value)
  return checkText(field, value, MAX_TEXT)
}

function readRequiredText(fields: Fields, field: string): string {
  const value = readText(fields, field)
  if (value.trim() === '') {
    throw new FieldProblem(field, `${field} is required: text of 1 to ${MAX_TEXT} characters.`)
  }
  return value
}

function readInteger(fields: Fields, field: string, min: number, max: number): number | null {
  const value = own(fields, field)
  if (value === null) return null
  if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max) {
    return fail(field, `an integer from ${min} to ${max}`, value)
  }
  return value === 0 ? 0 : value
}

function readNumber(fields: Fields, field: string, min: number, max: number): number | null {
  const value = own(fields, field)
  if (value === null) return null
  if (typeof value !== 'number' || !Number.isFinite(value) || value < min || value > max) {
    return fail(field, `a number from ${min} to ${max}`, value)
  }
  return value === 0 ? 0 : value
}

function readOneOf<T extends string>(fields: Fields, field: string, names: readonly T[]): T | null {
  const value = own(fields, field)
  if (value === null || value === '') return null
  const name = names.find((candidate) => candidate === value)
  return name ?? fail(field, `one of ${names.join(', ')}`, value)
}

const DECIMAL = /^\d{1,20}(?:\.\d{1,40})?$/

function readCostUsd(fields: Fields): string | null {
  const value = own(fields, 'costUsd')
  const expected = `a number or decimal string from 0 to ${MAX_COST_USD} with at most ${COST_FRACTION_DIGITS} fraction digits`
  if (value === null || value === '') return null
  if (typeof value === 'number') {
    if (!Number.isFinite(value) || value < 0 || value > MAX_COST_USD) return fail('costUsd', expected, value)
    // The digits of a binary float beyond the ledger's scale are noise, so they are rounded, not refused.
    return new ExactDecimal(value).toDecimalPlaces(COST_FRACTION_DIGITS).toFixed()
  }
  if (typeof value !== 'string' || !DECIMAL.test(value)) return fail('costUsd', expected, value)
  const decimal = new ExactDecimal(value)
  if (decimal.greaterThan(MAX_COST_USD) || decimal.decimalPlaces() > COST_FRACTION_DIGITS) {
    return fail('costUsd', expected, value)
  }
  return decimal.toFixed()
}

function readTimestamp(fields: Fields, limits: ValidationLimits): number | null {
  const value = own(fields, 'timestamp')
  if (value === null || value === '') return null
  const expected = 'an RFC 3339 date and time with a zone (2026-10-01T12:00:00Z) or epoch milliseconds'
  const ms = typeof value === 'string' ? parseRfc3339Ms(value) : value
  if (typeof ms !== 'number' || !Number.isInteger(ms)) return fail('timestamp', expected, value)
  if (ms > limits.receivedAtMs + FUTURE_TOLERANCE_MS) {
    throw new FieldProblem('timestamp', `timestamp lies more than 10 minutes in the future: ${quote(value)}.`)
  }
  const oldestMs = limits.maxAgeDays === null ? EARLIEST_MS : limits.receivedAtMs - limits.maxAgeDays * DAY_MS
  if (ms < oldestMs) {
    throw new FieldProblem(
      'timestamp',
      limits.maxAgeDays === null
        ? `timestamp lies before 1970-01-05: ${quote(value)}.`
        : `timestamp lies more than ${limits.maxAgeDays} days in the past: ${quote(value)}. Older events can be loaded with \`npm run import\`; numbers are epoch milliseconds.`,
    )
  }
  return ms === 0 ? 0 : ms
}

function readTags(fields: Fields): [string, string][] {
  const value = own(fields, 'tags')
  if (value === null) return []
  const expected = `an object of at most ${MAX_TAGS} keys with text, numbers or booleans as values`
  if (typeof value !== 'object' || Array.isArray(value)) return fail('tags', expected, value)
  const entries = Object.entries(value)
  if (entries.length > MAX_TAGS) {
    throw new FieldProblem('tags', `tags must have at most ${MAX_TAGS} keys, got ${entries.length}.`)
  }
  const tags: [string, string][] = []
  for (const [key, tag] of entries) {
    if (key === '') throw new FieldProblem('tags', 'tags must not have an empty key.')
    checkText('a key of tags', key, MAX_TAG_KEY)
    if (tag === null || tag === '') continue
    const scalar =
      typeof tag === 'string' || typeof tag === 'boolean' || (typeof tag === 'number' && Number.isFinite(tag))
    if (!scalar) return fail(`tags.${key}`, 'text, a number or a boolean', tag)
    tags.push([key, checkText(`tags.${key}`, String(tag), MAX_TAG_VALUE)])
  }
  return tags
}

function readUsage(fields: Fields): SentUsage {
  const count = (field: string) => readInteger(fields, field, 0, MAX_TOKENS)
  const usage: SentUsage = {
    inputTokens: count('inputTokens'),
    outputTokens: count('outputTokens'),
    totalTokens: count('totalTokens'),
    cacheReadTokens: count('cacheReadTokens'),
    cacheWriteTokens: count('cacheWriteTokens'),
    cacheWrite1hTokens: count('cacheWrite1hTokens'),
    reasoningTokens: count('reasoningTokens'),
    audioInputTokens: count('audioInputTokens'),
    audioOutputTokens: count('audioOutputTokens'),
    toolRequests: count('toolRequests'),
  }
  const cacheWrite = usage.cacheWriteTokens ?? usage.cacheWrite1hTokens ?? 0
  if ((usage.cacheWrite1hTokens ?? 0) > cacheWrite) {
    throw new FieldProblem(
      'cacheWrite1hTokens',
      `cacheWrite1hTokens is part of cacheWriteTokens and must not exceed it: ${usage.cacheWrite1hTokens} > ${cacheWrite}.`,
    )
  }
  const inputParts = (usage.cacheReadTokens ?? 0) + cacheWrite + (usage.audioInputTokens ?? 0)
  if (usage.inputTokens !== null && inputParts > usage.inputTokens) {
    throw new FieldProblem(
      'inputTokens',
      `inputTokens includes cacheReadTokens, cacheWriteTokens and audioInputTokens, which together must not exceed it: ${inputParts} > ${usage.inputTokens}.`,
    )
  }
  const outputParts = (usage.reasoningTokens ?? 0) + (usage.audioOutputTokens ?? 0)
  if (usage.outputTokens !== null && outputParts > usage.outputTokens) {
    throw new FieldProblem(
      'outputTokens',
      `outputTokens includes reasoningTokens and audioOutputTokens, which together must not exceed it: ${outputParts} > ${usage.outputTokens}.`,
    )
  }
  return usage
}

/** Whether a parsed JSON value is an object (not null, not an array). */
export function isJsonObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function readEvent(fields: Fields, limits: ValidationLimits): ValidEvent {
  const event: ValidEvent = {
    externalRequestId: readRequiredText(fields, 'externalRequestId'),
    provider: readRequiredText(fields, 'provider'),
    model: readRequiredText(fields, 'model'),
    endpointTag: readText(fields, 'endpointTag'),
    promptVersion: readText(fields, 'promptVersion'),
    userId: readText(fields, 'userId'),
    usage: readUsage(fields),
    costUsd: readCostUsd(fields),
    serviceTier: readOneOf(fields, 'serviceTier', SERVICE_TIERS) ?? 'standard',
    region: readText(fields, 'region'),
    latencyMs: readNumber(fields, 'latencyMs', 0, MAX_DURATION_MS),
    timeToFirstTokenMs: readNumber(fields, 'timeToFirstTokenMs', 0, MAX_DURATION_MS),
    status: readOneOf(fields, 'status', STATUSES) ?? 'unspecified',
    errorCode: readText(fields, 'errorCode'),
    attempt: readInteger(fields, 'attempt', 1, MAX_ATTEMPT),
    attemptId: readText(fields, 'attemptId'),
    fallbackReason: readText(fields, 'fallbackReason'),
    revision: readInteger(fields, 'revision', 1, Number.MAX_SAFE_INTEGER) ?? 1,
    dataMode: readOneOf(fields, 'dataMode', DATA_MODES),
    environment: readOneOf(fields, 'environment', ENVIRONMENTS),
    timestampMs: readTimestamp(fields, limits),
    tags: readTags(fields),
    outcome: readText(fields, 'outcome'),
    qualityScore: readNumber(fields, 'qualityScore', -MAX_SCORE, MAX_SCORE),
    unknownFields: Object.keys(fields).filter((field) => !KNOWN_FIELDS.has(field)),
  }
  if (event.revision > 1 && event.attemptId === '' && event.attempt === null) {
    throw new FieldProblem(
      'revision',
      'revision above 1 needs attemptId or attempt: without one of them a correction cannot be matched to what it corrects.',
    )
  }
  const problem = findJsonProblem(fields)
  if (problem !== null) throw new FieldProblem(null, problem)
  return event
}

/** Checks one event as sent; the answer names the first field that is wrong, what is expected and what came. */
export function validateEvent(sent: unknown, limits: ValidationLimits): ValidationResult {
  if (!isJsonObject(sent))
    return { ok: false, field: null, message: `An event must be a JSON object, got ${quote(sent)}.` }
  try {
    return { ok: true, event: readEvent(sent, limits) }
  } catch (error) {
    if (error instanceof FieldProblem) return { ok: false, field: error.field, message: error.message }
    throw error
  }
}

/** An outcome or a quality score that arrives after its event: of the attempt named, else of the request's last one. */
export type LateOutcome = Pick<
  ValidEvent,
  | 'externalRequestId'
  | 'attempt'
  | 'attemptId'
  | 'dataMode'
  | 'environment'
  | 'outcome'
  | 'qualityScore'
  | 'unknownFields'
>

function isLateOutcome(fields: Fields): boolean {
  if (own(fields, 'outcome') === null && own(fields, 'qualityScore') === null) return false
  return [...KNOWN_FIELDS].every((field) => LATE_FIELDS.has(field) || own(fields, field) === null)
}

/** Checks what was sent as an outcome alone; null when it is to be read as an event. */
export function validateLateOutcome(
  sent: unknown,
): { ok: true; late: LateOutcome } | { ok: false; field: string | null; message: string } | null {
  if (!isJsonObject(sent) || !isLateOutcome(sent)) return null
  try {
    const late: LateOutcome = {
      externalRequestId: readRequiredText(sent, 'externalRequestId'),
      attempt: readInteger(sent, 'attempt', 1, MAX_ATTEMPT),
      attemptId: readText(sent, 'attemptId'),
      dataMode: readOneOf(sent, 'dataMode', DATA_MODES),
      environment: readOneOf(sent, 'environment', ENVIRONMENTS),
      outcome: readText(sent, 'outcome'),
      qualityScore: readNumber(sent, 'qualityScore', -MAX_SCORE, MAX_SCORE),
      unknownFields: Object.keys(sent).filter((field) => !KNOWN_FIELDS.has(field)),
    }
    const problem = findJsonProblem(sent)
    return problem === null ? { ok: true, late } : { ok: false, field: null, message: problem }
  } catch (error) {
    if (error instanceof FieldProblem) return { ok: false, field: error.field, message: error.message }
    throw error
  }
}
