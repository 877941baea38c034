import 'server-only'
import type { Scope } from '@/lib/metrics/plan'
import { parseQuery, type QueryInput } from '@/lib/metrics/query-schema'
import { cellOf, type QueryResult } from '@/lib/metrics/result'
import { runQuery } from '@/lib/metrics/run'
import type { GroupWindows } from '@/lib/rules/back-test'
import { calendarOf, type ReadRule } from '@/lib/rules/read-windows'
import { MAX_GROUPS } from '@/lib/rules/rule-schema'
import { addBuckets, type Range, shiftDays } from '@/lib/time'

/** Pairs of endpoint and version that are looked through for new ones. */
const MAX_PAIRS = 300
/** How long a new version is watched, and what it is compared with. */
const VERSION_DAYS = 7

type NewVersion = { endpoint: string | null; version: string; from: Date }

/**
 * The prompt versions that were first called in `range`, each with its first week (or what there is of it) against the
 * week of the whole endpoint before it.
 * @throws AppError `invalid_query`, `unavailable`.
 */
export async function readVersions(rule: ReadRule, scope: Scope, range: Range, now: Date): Promise<GroupWindows[]> {
  const calendar = calendarOf(scope)
  const ask = (question: QueryInput): Promise<QueryResult> =>
    runQuery(parseQuery({ timeZone: calendar.timeZone, ...question }), scope, now)
  const narrowed = (from: Date, to: Date, ...values: { dimension: string; value: string | null }[]): QueryInput => ({
    measures: [rule.measure, 'attempts'],
    from: from.toISOString(),
    to: to.toISOString(),
    filters: [
      ...rule.filters,
      ...values.map(({ dimension, value }) => ({ dimension, operator: 'in' as const, values: [value] })),
    ],
  })
  const found = await findNewVersions(rule, range, ask, calendarOf(scope))
  return Promise.all(
    found.map(async ({ endpoint, version, from }): Promise<GroupWindows> => {
      const values = [
        { dimension: 'endpoint' as const, value: endpoint },
        { dimension: 'promptVersion' as const, value: version },
      ]
      const end = addBuckets(from, VERSION_DAYS, 'day', calendar)
      const [own, before] = await Promise.all([
        ask(narrowed(from, end, ...values)),
        ask(narrowed(shiftDays(from, -VERSION_DAYS, calendar), from, ...values.slice(0, 1))),
      ])
      return {
        group: {
          key: JSON.stringify([endpoint, version]),
          label: `${version} of ${endpoint ?? 'unattributed'}`,
          values,
        },
        windows: [
          {
            start: from,
            end,
            isFinished: end <= now,
            ...pointOf(own, rule),
            baseline: pointOf(before, rule),
            expectation: null,
          },
        ],
      }
    }),
  )
}

function pointOf({ totals }: QueryResult, rule: ReadRule): { value: string | null; attempts: string } {
  const value = cellOf(totals, rule.measure)
  return { value: value === null ? null : String(value), attempts: String(cellOf(totals, 'attempts') ?? '0') }
}

async function findNewVersions(
  rule: ReadRule,
  range: Range,
  ask: (question: QueryInput) => Promise<QueryResult>,
  calendar: ReturnType<typeof calendarOf>,
): Promise<NewVersion[]> {
  const { rows } = await ask({
    measures: ['attempts'],
    dimensions: ['time', 'endpoint', 'promptVersion'],
    granularity: 'day',
    from: shiftDays(range.from, -VERSION_DAYS, calendar).toISOString(),
    to: range.to.toISOString(),
    limit: MAX_PAIRS,
    orderBy: [{ key: 'attempts', direction: 'desc' }],
    filters: rule.filters.map((filter) => ({ ...filter, values: [...filter.values] })),
  })
  const endpoints = new Map<string | null, number>()
  const versions = new Map<string, NewVersion>()
  for (const row of rows) {
    const atMs = Date.parse(String(cellOf(row, 'time')))
    const endpoint = textOrNull(cellOf(row, 'endpoint'))
    const version = textOrNull(cellOf(row, 'promptVersion'))
    endpoints.set(endpoint, Math.min(atMs, endpoints.get(endpoint) ?? atMs))
    if (version === null) continue
    const key = JSON.stringify([endpoint, version])
    const known = versions.get(key)
    if (!known || atMs < known.from.getTime()) versions.set(key, { endpoint, version, from: new Date(atMs) })
  }
  return [...versions.values()]
    .filter(({ endpoint, from }) => from >= range.from && from.getTime() > (endpoints.get(endpoint) ?? Number.NaN))
    .toSorted((a, b) => b.from.getTime() - a.from.getTime())
    .slice(0, MAX_GROUPS)
}

const textOrNull = (value: string | number | boolean | null): string | null => (value === null ? null : String(value))
