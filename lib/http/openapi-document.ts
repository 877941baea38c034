import { z } from 'zod'
import { ALERT_SEVERITIES } from '@/lib/alerts/alert-facts'
import { ALERT_SOURCES, ALERT_STATES } from '@/lib/alerts/alert-search'
import { publicAlert } from '@/lib/alerts/public-alert'
import { STATUS_OF_CODE } from '@/lib/errors'
import { DATA_MODES, ENVIRONMENTS, SERVICE_TIERS, STATUSES } from '@/lib/events/event-names'
import { exportOptionsSchema } from '@/lib/exports/parse-export'
import { GUARD_DECISIONS } from '@/lib/guard/decide-guard'
import { querySchema } from '@/lib/metrics/query-schema'
import { FIXED_DIMENSION_NAMES, MEASURE_NAMES, measureOf } from '@/lib/metrics/registry'
import { queryResultSchema } from '@/lib/metrics/result'

type Json = Record<string, unknown>

const text = (description: string, maxLength = 200): Json => ({ type: 'string', maxLength, description })
const count = (description: string): Json => ({ type: 'integer', minimum: 0, maximum: 1_000_000_000_000, description })
const duration = (description: string): Json => ({ type: 'number', minimum: 0, description })
const oneOf = (names: readonly string[], description: string): Json => ({
  type: 'string',
  enum: [...names],
  description,
})

const LLM_REQUEST_FIELDS: Record<string, Json> = {
  externalRequestId: text('Stable across the retries of a request and across layers that report it.'),
  provider: text('As the caller names it; normalised to one catalogue.'),
  model: text('As the caller names it; normalised to one catalogue.'),
  promptVersion: text('Unattributed when missing.'),
  endpointTag: text('Unattributed when missing.'),
  inputTokens: count('All input tokens, cached and audio ones included. Absent is unknown, not 0.'),
  outputTokens: count('All output tokens, reasoning and audio included. Absent is unknown, not 0.'),
  totalTokens: count('Used where input and output are absent.'),
  latencyMs: duration('Milliseconds.'),
  status: oneOf(STATUSES, 'All but success and unspecified are failures.'),
  errorCode: text('The provider’s own code.'),
  userId: text('A hash of a tenant or user, never a name or an address.'),
  dataMode: oneOf(DATA_MODES, 'The key’s, else unspecified, when missing.'),
  environment: oneOf(ENVIRONMENTS, 'The key’s, else unspecified, when missing.'),
}

const EVENT_FIELDS: Record<string, Json> = {
  ...LLM_REQUEST_FIELDS,
  cacheReadTokens: count('Part of inputTokens.'),
  cacheWriteTokens: count('Part of inputTokens.'),
  cacheWrite1hTokens: count('Part of cacheWriteTokens.'),
  reasoningTokens: count('Part of outputTokens.'),
  audioInputTokens: count('Part of inputTokens.'),
  audioOutputTokens: count('Part of outputTokens.'),
  toolRequests: count('Requests to tools of the provider.'),
  costUsd: {
    type: ['number', 'string', 'null'],
    description: 'What the provider says it cost, up to 18 fraction digits. It wins over the price book by default.',
  },
  serviceTier: oneOf(SERVICE_TIERS, 'standard when missing.'),
  region: text('Where the provider computed.'),
  timeToFirstTokenMs: duration('Milliseconds.'),
  attempt: { type: 'integer', minimum: 1, description: 'Number of the attempt within its request.' },
  attemptId: text('Identity of the attempt; else attempt, else the content.'),
  fallbackReason: text('Why another provider or model was tried.'),
  revision: {
    type: 'integer',
    minimum: 1,
    default: 1,
    description: 'A higher one replaces what the same attempt said.',
  },
  timestamp: {
    type: ['string', 'integer'],
    description: 'RFC 3339 with a zone, or epoch milliseconds; from 400 days ago to 10 minutes ahead.',
  },
  tags: {
    type: 'object',
    maxProperties: 20,
    additionalProperties: { type: ['string', 'number', 'boolean', 'null'] },
    description: 'Any further dimension, asked for as tag.<key>.',
  },
  outcome: text(
    'What came of it. It and qualityScore may also be sent later and alone, with externalRequestId and, if it is not the last attempt that is meant, attemptId or attempt.',
  ),
  qualityScore: { type: 'number' },
}

const event = (properties: Record<string, Json>): Json => ({
  type: 'object',
  required: ['externalRequestId', 'provider', 'model'],
  properties,
})

const dimensionName = (withTime: boolean): Json => ({
  anyOf: [
    { type: 'string', enum: [...(withTime ? ['time'] : []), ...FIXED_DIMENSION_NAMES] },
    { type: 'string', pattern: '^tag\\..{1,100}$' },
  ],
})

const isJson = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)

/** A zod schema as JSON Schema, with some of its properties said more exactly than zod can. */
function jsonSchemaOf(schema: z.ZodType, io: 'input' | 'output', exactly: Record<string, Json> = {}): Json {
  const { $schema, ...json }: Json = { ...z.toJSONSchema(schema, { io, unrepresentable: 'any' }) }
  const properties = isJson(json.properties) ? json.properties : {}
  const refined = Object.entries(exactly).map(([name, more]) => {
    const known = properties[name]
    return [name, { ...(isJson(known) ? known : {}), ...more }]
  })
  return { ...json, properties: { ...properties, ...Object.fromEntries(refined) } }
}

const instant: Json = { type: 'string', format: 'date-time' }

const queryJsonSchema = (): Json =>
  jsonSchemaOf(querySchema, 'input', {
    measures: {
      items: { type: 'string', enum: [...MEASURE_NAMES] },
      description: MEASURE_NAMES.map((name) => `${name}: ${measureOf(name).definition}`).join('\n'),
    },
    dimensions: { items: dimensionName(true) },
    costView: {
      description:
        'How spend, and what is made of it, is read: by usage (the default), with fixed costs, or as fixed costs alone; waste is by usage always. A month’s charge is borne by the usage that its pool served in the month, in the workspace’s default scope, by the declared method. What no usage bears is borne evenly by the month’s time, in a row of its own with `"$idle": true` where rows have keys; `meta.idleFixedCost` is its sum. 400 for what fixed costs cannot be spread over.',
    },
    from: { ...instant, description: 'Start of the range, included.' },
    to: { ...instant, description: 'End of the range, not included.' },
    scenario: {
      description:
        'Id of a scenario of the workspace, as in the address of its page: answers what would have been under its routes and prices, never what was spent. `meta.scenario` names it; a CSV has its name in the first column.',
    },
    filters: {
      items: {
        type: 'object',
        required: ['dimension', 'values'],
        additionalProperties: false,
        properties: {
          dimension: dimensionName(false),
          operator: { type: 'string', enum: ['in', 'notIn', 'contains'], default: 'in' },
          values: {
            type: 'array',
            minItems: 1,
            maxItems: 1_000,
            items: { type: ['string', 'null'], maxLength: 500 },
            description: 'null is unattributed; "*" on environment or dataMode lifts the default scope.',
          },
        },
      },
    },
  })

const errorAnswer = (description: string): Json => ({
  description,
  content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
})

const RETRY: Json = {
  headers: { 'Retry-After': { schema: { type: 'integer' }, description: 'Seconds.' } },
}

const ERRORS: Record<string, Json> = {
  '400': errorAnswer('The body or the question cannot be read. For an unknown name the message lists the valid ones.'),
  '401': errorAnswer('No valid API key.'),
  '403': errorAnswer('The key lacks the scope.'),
  '413': errorAnswer('The body is too large.'),
  '415': errorAnswer('Another media type or encoding than those listed.'),
  '429': { ...errorAnswer('Too much at once; nothing was stored.'), ...RETRY },
  '503': { ...errorAnswer('A store does not answer; nothing was stored.'), ...RETRY },
}

const inQuery = (name: string, schema: Json): Json => ({ name, in: 'query', required: false, schema })
const json = (schema: Json): Json => ({ 'application/json': { schema } })
const reference = (name: string): Json => ({ $ref: `#/components/schemas/${name}` })

const post = (operation: {
  id: string
  summary: string
  scope: string
  body: Json
  answer: Json
  errors?: Json
}): Json => ({
  post: {
    operationId: operation.id,
    summary: operation.summary,
    description: `Needs a key with the scope \`${operation.scope}\`.`,
    requestBody: { required: true, content: operation.body },
    responses: { '200': operation.answer, ...ERRORS, ...operation.errors },
  },
})

const INGEST_ERRORS: Json = {
  '409': errorAnswer('A single event says something else than the attempt that is stored.'),
  '422': errorAnswer('A single event is not valid.'),
}

const SCENARIO_ERRORS: Json = { '404': errorAnswer('There is no such scenario in the workspace of the key.') }

/** The public HTTP API as an OpenAPI 3.1 document. Pure. */
export function buildOpenApiDocument(): Json {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Farthing',
      version: '1',
      description: 'Cost attribution for LLM usage. Decimals and 64-bit counts are strings; ranges are half-open.',
    },
    servers: [{ url: '/' }],
    security: [{ bearer: [] }, { apiKey: [] }],
    paths: {
      '/v1/events': post({
        id: 'ingestEvents',
        summary: 'Store events: one, an array, or one per line. Answers when they are stored.',
        scope: 'ingest',
        body: {
          'application/json': { schema: { anyOf: [reference('Event'), { type: 'array', items: reference('Event') }] } },
          'application/x-ndjson': { schema: { type: 'string', description: 'One event per line.' } },
        },
        answer: { description: 'The good events are stored.', content: json(reference('IngestAnswer')) },
        errors: INGEST_ERRORS,
      }),
      '/v1/ingest/llm-request': post({
        id: 'ingestLlmRequest',
        summary: 'Store one event as no-proxy clients send it.',
        scope: 'ingest',
        body: json(reference('LlmRequest')),
        answer: { description: 'The event is stored.', content: json(reference('LlmRequestAnswer')) },
        errors: INGEST_ERRORS,
      }),
      '/v1/query': post({
        id: 'query',
        summary: 'Ask for measures by dimensions.',
        scope: 'read',
        body: json(reference('Query')),
        answer: { description: 'The answer.', content: json(reference('QueryResult')) },
        errors: SCENARIO_ERRORS,
      }),
      '/v1/export': post({
        id: 'export',
        summary: 'The same question as CSV, or its raw attempts; streamed.',
        scope: 'read',
        body: json(reference('Export')),
        answer: {
          description: 'CSV by RFC 4180 in UTF-8. An answer that breaks off did not end well.',
          content: { 'text/csv': { schema: { type: 'string' } } },
        },
        errors: SCENARIO_ERRORS,
      }),
      '/v1/guard': {
        get: {
          operationId: 'askGuard',
          summary: 'May this call go on? As server-sent events named `guard` for whoever accepts text/event-stream.',
          description:
            'Any key of the workspace. Answered from memory, with an ETag; on any failure of Farthing the answer is allow. Go by no answer but 200 and 304.',
          parameters: [
            inQuery('endpointTag', text('As in events.')),
            inQuery('promptVersion', text('As in events.')),
            inQuery('userId', text('As in events.')),
            inQuery('provider', text('As in events.')),
            inQuery('model', text('As in events.')),
            inQuery('environment', oneOf(ENVIRONMENTS, 'As in events.')),
            inQuery('dataMode', oneOf(DATA_MODES, 'As in events.')),
            inQuery('tag.<key>', text('A tag, as in events.')),
          ],
          responses: {
            '200': { description: 'What to do, and why.', content: json(reference('GuardAnswer')) },
            '304': { description: 'As the ETag that was sent.' },
            ...ERRORS,
          },
        },
      },
      '/v1/alerts': {
        get: {
          operationId: 'listAlerts',
          summary: 'Alerts of the workspace, newest first; without a state those that are open.',
          description: 'Needs a key with the scope `read`.',
          parameters: [
            inQuery('state', oneOf([...ALERT_STATES, 'all'], 'Which alerts.')),
            inQuery('severity', oneOf(ALERT_SEVERITIES, 'Of one severity alone.')),
            inQuery('source', oneOf(ALERT_SOURCES, 'Of one source alone.')),
            inQuery('before', { type: 'integer', description: 'nextBefore of the page before.' }),
          ],
          responses: { '200': { description: 'A page of alerts.', content: json(reference('AlertPage')) }, ...ERRORS },
        },
      },
      '/v1/alerts/{id}/acknowledge': {
        post: {
          operationId: 'acknowledgeAlert',
          summary: 'Take an alert on: its escalation stops. Doing it again changes nothing.',
          description:
            'Needs a key with the scope `read`: whoever may see an alert may acknowledge it, as in the console. The audit log names the key.',
          parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'integer', minimum: 1 } }],
          responses: {
            '200': { description: 'The state that it is in now.', content: json(reference('AlertAnswer')) },
            ...ERRORS,
            '404': errorAnswer('There is no such alert in the workspace of the key.'),
          },
        },
      },
    },
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer' },
        apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
      },
      schemas: {
        Event: event(EVENT_FIELDS),
        LlmRequest: event({ ...LLM_REQUEST_FIELDS, metadata: { type: 'object', description: 'Kept as tags.' } }),
        IngestAnswer: {
          type: 'object',
          required: ['accepted', 'duplicates', 'rejected'],
          properties: {
            accepted: { type: 'integer' },
            duplicates: { type: 'integer' },
            rejected: { type: 'array', items: notice(['index', 'code', 'message']) },
            warnings: { type: 'array', items: notice(['index', 'code', 'message']) },
          },
        },
        LlmRequestAnswer: {
          type: 'object',
          required: ['ok', 'warnings', 'budgetWarning', 'budgetExceeded', 'telemetryPaused', 'providerCallsContinue'],
          properties: {
            ok: { type: 'boolean' },
            duplicate: { type: 'boolean' },
            warnings: { type: 'array', items: { type: 'string' } },
            budgetWarning: { type: 'boolean' },
            budgetExceeded: { type: 'boolean' },
            telemetryPaused: { const: false },
            providerCallsContinue: { const: true },
          },
        },
        Query: queryJsonSchema(),
        Export: exportJsonSchema(),
        QueryResult: jsonSchemaOf(queryResultSchema, 'output'),
        Alert: jsonSchemaOf(publicAlert, 'output'),
        AlertPage: {
          type: 'object',
          required: ['alerts', 'nextBefore'],
          properties: {
            alerts: { type: 'array', items: reference('Alert') },
            nextBefore: {
              type: ['integer', 'null'],
              description: 'Ask for the next page with before; null on the last.',
            },
          },
        },
        AlertAnswer: {
          type: 'object',
          required: ['state', 'hasChanged'],
          properties: { state: { type: 'string', enum: [...ALERT_STATES] }, hasChanged: { type: 'boolean' } },
        },
        GuardAnswer: {
          type: 'object',
          required: ['decision', 'unobserved', 'reason', 'budget', 'switch', 'substitute'],
          properties: {
            decision: { type: 'string', enum: [...GUARD_DECISIONS] },
            unobserved: {
              type: 'string',
              enum: [...GUARD_DECISIONS],
              description: 'What it would be if the guard of the workspace did more than observe.',
            },
            reason: { type: 'string' },
            budget: { type: ['object', 'null'], description: 'The budget that decided, with its figures in USD.' },
            switch: { type: ['object', 'null'], description: 'The kill switch that decided.' },
            substitute: {
              type: ['object', 'null'],
              properties: {
                model: { type: ['string', 'null'] },
                maxOutputTokens: { type: ['integer', 'null'] },
              },
            },
          },
        },
        Error: {
          type: 'object',
          required: ['code', 'message'],
          properties: {
            code: { type: 'string', enum: Object.keys(STATUS_OF_CODE) },
            message: { type: 'string', description: 'What to do next.' },
          },
        },
      },
    },
  }
}

function exportJsonSchema(): Json {
  const query = queryJsonSchema()
  const options = jsonSchemaOf(exportOptionsSchema, 'input')
  const properties = {
    ...(isJson(query.properties) ? query.properties : {}),
    ...(isJson(options.properties) ? options.properties : {}),
  }
  return { ...query, required: ['from', 'to'], properties }
}

function notice(required: string[]): Json {
  return {
    type: 'object',
    required,
    properties: {
      index: { type: 'integer', description: 'Place of the event in the body.' },
      line: { type: 'integer' },
      code: { type: 'string' },
      message: { type: 'string' },
    },
  }
}
