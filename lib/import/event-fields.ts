/** How the text of a field is read. `amount` is a decimal that keeps every digit. */
export type FieldKind = 'text' | 'integer' | 'number' | 'amount' | 'timestamp' | 'tags'

/** The fields of an event that a column or a constant can fill, besides `tags.<key>`. */
export const EVENT_FIELDS = {
  externalRequestId: 'text',
  attemptId: 'text',
  attempt: 'integer',
  revision: 'integer',
  timestamp: 'timestamp',
  provider: 'text',
  model: 'text',
  endpointTag: 'text',
  promptVersion: 'text',
  userId: 'text',
  inputTokens: 'integer',
  outputTokens: 'integer',
  totalTokens: 'integer',
  cacheReadTokens: 'integer',
  cacheWriteTokens: 'integer',
  cacheWrite1hTokens: 'integer',
  reasoningTokens: 'integer',
  audioInputTokens: 'integer',
  audioOutputTokens: 'integer',
  toolRequests: 'integer',
  costUsd: 'amount',
  serviceTier: 'text',
  region: 'text',
  latencyMs: 'number',
  timeToFirstTokenMs: 'number',
  status: 'text',
  errorCode: 'text',
  fallbackReason: 'text',
  environment: 'text',
  dataMode: 'text',
  outcome: 'text',
  qualityScore: 'number',
  tags: 'tags',
} as const satisfies Record<string, FieldKind>

/** The prefix of a single tag, as in `tags.team`. */
export const TAG_PREFIX = 'tags.'

const KINDS: ReadonlyMap<string, FieldKind> = new Map(Object.entries(EVENT_FIELDS))

/** The kind of `field`, `tags.<key>` included; null when events have no such field. */
export function kindOfField(field: string): FieldKind | null {
  if (field.startsWith(TAG_PREFIX) && field.length > TAG_PREFIX.length) return 'text'
  return KINDS.get(field) ?? null
}

/** The names of all fields, for messages. */
export function listFieldNames(): string {
  return `${[...KINDS.keys()].join(', ')}, tags.<key>`
}
