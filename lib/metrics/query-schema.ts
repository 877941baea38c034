import { z } from 'zod'
import { AppError } from '@/lib/errors'
import { COST_VIEWS } from '@/lib/fixed-costs/cost-view'
import {
  type DimensionName,
  FIXED_DIMENSION_NAMES,
  isDimensionName,
  MEASURE_NAMES,
  type MeasureName,
} from '@/lib/metrics/registry'
import { GRANULARITIES, isTimeZone } from '@/lib/time'

const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/

/** `Date` takes 30 February for 2 March. */
function isCalendarDay(text: string): boolean {
  const day = Number(text.slice(8, 10))
  return new Date(Date.UTC(Number(text.slice(0, 4)), Number(text.slice(5, 7)) - 1, day)).getUTCDate() === day
}

const instant = z.string().transform((text, context) => {
  const at = new Date(text)
  if (INSTANT.test(text) && !Number.isNaN(at.getTime()) && isCalendarDay(text)) return at
  context.addIssue({ code: 'custom', message: 'must be an RFC 3339 instant with a zone, such as 2026-10-01T00:00:00Z' })
  return z.NEVER
})

export const FILTER_OPERATORS = ['in', 'notIn', 'contains'] as const
const MAX_ROWS = 100_000
const MAX_NAMED_ROWS = 1_000
/** The largest id that the store knows. */
const MAX_ID = 2_147_483_647

const isMeasureName = (name: string): name is MeasureName => MEASURE_NAMES.some((known) => known === name)

const measureName = z.string().transform((name, context): MeasureName => {
  if (isMeasureName(name)) return name
  context.addIssue({
    code: 'custom',
    message: `unknown measure "${name.slice(0, 80)}". Valid: ${MEASURE_NAMES.join(', ')}`,
    params: { unknownName: true },
  })
  return z.NEVER
})

const DIMENSION_LIST = [...FIXED_DIMENSION_NAMES, 'tag.<key>'].join(', ')

const dimensionName = (withTime: boolean) =>
  z.string().transform((name, context): DimensionName | 'time' => {
    if ((withTime && name === 'time') || isDimensionName(name)) return name
    context.addIssue({
      code: 'custom',
      message: `unknown dimension "${name.slice(0, 80)}". Valid: ${withTime ? 'time, ' : ''}${DIMENSION_LIST}`,
      params: { unknownName: true },
    })
    return z.NEVER
  })

const filterDimension = z.string().transform((name, context): DimensionName => {
  if (isDimensionName(name)) return name
  context.addIssue({
    code: 'custom',
    message: `unknown dimension "${name.slice(0, 80)}". Valid: ${DIMENSION_LIST}`,
    params: { unknownName: true },
  })
  return z.NEVER
})

const filter = z
  .strictObject({
    dimension: filterDimension,
    operator: z.enum(FILTER_OPERATORS).default('in'),
    values: z.array(z.string().max(500).nullable()).min(1).max(1_000),
  })
  .refine(({ operator, values }) => operator !== 'contains' || values.every((value) => value), {
    path: ['values'],
    error: 'must be texts with at least one character each with the operator "contains"',
  })

const unique = (values: readonly string[]): boolean => new Set(values).size === values.length

/** Body of `POST /v1/query`, see the API document. */
export const querySchema = z
  .strictObject({
    measures: z.array(measureName).min(1).max(50).refine(unique, { error: 'names a measure twice' }),
    costView: z.enum(COST_VIEWS).optional(),
    dimensions: z.array(dimensionName(true)).max(5).default([]).refine(unique, { error: 'names a dimension twice' }),
    from: instant,
    to: instant,
    granularity: z.enum(GRANULARITIES).optional(),
    timeZone: z.string().refine(isTimeZone, { error: 'must be an IANA time zone, such as Europe/Berlin' }).optional(),
    compare: z
      .union([z.enum(['previous', 'sameLastWeek']), z.strictObject({ from: instant, to: instant })])
      .nullable()
      .optional(),
    limit: z.number().int().min(1).max(MAX_ROWS).optional(),
    other: z.boolean().default(false),
    filters: z.array(filter).max(50).default([]),
    orderBy: z
      .array(z.strictObject({ key: z.string(), direction: z.enum(['asc', 'desc']).default('desc') }))
      .max(5)
      .default([]),
    scenario: z.number().int().min(1).max(MAX_ID).optional(),
  })
  .superRefine((query, context) => {
    if (query.from >= query.to) {
      context.addIssue({ code: 'custom', path: ['to'], message: 'must be later than from; a range is [from, to)' })
    }
    const compare = query.compare
    if (compare && typeof compare === 'object' && compare.from >= compare.to) {
      context.addIssue({ code: 'custom', path: ['compare', 'to'], message: 'must be later than compare.from' })
    }
    if (query.dimensions.includes('time') && query.granularity === 'none') {
      context.addIssue({
        code: 'custom',
        path: ['granularity'],
        message: 'must not be "none" with the dimension time: name a bucket size or drop the dimension',
      })
    }
    if (query.other && query.limit === undefined) {
      context.addIssue({ code: 'custom', path: ['other'], message: 'needs a limit: "Other" is what lies beyond it' })
    }
    const capped = query.other || query.dimensions.includes('time')
    if (capped && query.dimensions.length > 0 && (query.limit ?? 0) > MAX_NAMED_ROWS) {
      context.addIssue({
        code: 'custom',
        path: ['limit'],
        message: `must be at most ${MAX_NAMED_ROWS} together with "other" or the dimension time`,
      })
    }
    for (const [index, order] of query.orderBy.entries()) {
      const known =
        query.measures.some((name) => name === order.key) || query.dimensions.some((name) => name === order.key)
      if (!known) {
        context.addIssue({
          code: 'custom',
          path: ['orderBy', index, 'key'],
          message: `"${order.key.slice(0, 80)}" is not asked for. Valid: ${[...query.measures, ...query.dimensions].join(', ')}`,
          params: { unknownName: true },
        })
      }
    }
  })

/** A question, parsed: the one value that screens, API, CSV and alerts hand to the runner. */
export type Query = z.output<typeof querySchema>
/** A question as written. */
export type QueryInput = z.input<typeof querySchema>
export type QueryFilter = Query['filters'][number]

/**
 * Parses the body of a question.
 * @throws AppError `unknown_name` (lists the valid names) or `invalid_query`, naming the field.
 */
export function parseQuery(body: unknown): Query {
  const parsed = querySchema.safeParse(body)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  if (!issue) throw new AppError('invalid_query', 'The question could not be read.')
  const path = issue.path.map(String).join('.')
  const unknown = 'params' in issue && issue.params?.unknownName === true
  throw new AppError(unknown ? 'unknown_name' : 'invalid_query', path ? `${path}: ${issue.message}` : issue.message, {
    details: {
      issues: parsed.error.issues.slice(0, 20).map((each) => ({ path: each.path.join('.'), message: each.message })),
    },
  })
}
