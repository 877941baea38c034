import { atomSql, LENSES } from '@/lib/metrics/compile-requests'
import { histogramSql } from '@/lib/metrics/histogram'
import { ATOM_NAMES, ATOMS, type Atom, DURATIONS } from '@/lib/metrics/registry'
import type { Rollup } from '@/lib/metrics/rollups'

/** Days of one workspace to be built: starts in seconds, ascending, each ending where the next begins, and their numbers. */
export type DayBuilds = {
  workspaceId: number
  days: readonly { fromS: number; toS: number; build: bigint }[]
  costPreference: 'reported' | 'book'
}

const LENS_SUFFIXES = { request: '', provider: 'AtProvider', model: 'AtModel', deployment: 'AtDeployment' } as const

const atomOf = (name: (typeof ATOM_NAMES)[number]): Atom => ATOMS[name]

/** Names of a rollup's columns, in the order of {@link selectRollup}. */
export function rollupColumns(rollup: Rollup): string[] {
  return [
    'workspace_id',
    'day',
    'build',
    'environment',
    'data_mode',
    ...columnsOf(rollup, 'reported').map(([name]) => name),
  ]
}

/** SELECT of the rows that a rollup has for these days, from attempts (FINAL is the client's setting). */
export function selectRollup(rollup: Rollup, { workspaceId, days, costPreference }: DayBuilds): string {
  const starts = `[${days.map(({ fromS }) => fromS).join(', ')}]::Array(Int64)`
  const builds = `[${days.map(({ build }) => build).join(', ')}]::Array(UInt64)`
  const start = `roundDown(toInt64(toUnixTimestamp(ts)), ${starts})`
  const keys = rollup.keys.map(({ column }) => column)
  return `SELECT workspace_id, toDateTime(day_start, 'UTC') AS day, ${builds}[indexOf(${starts}, day_start)] AS build,
      environment, data_mode, ${columnsOf(rollup, costPreference)
        .map(([name, sql]) => `${sql} AS ${name}`)
        .join(', ')}
    FROM attempts
    WHERE workspace_id = ${workspaceId} AND (${spans(days)})
    GROUP BY workspace_id, ${start} AS day_start, environment, data_mode, ${keys.join(', ')}`
}

function columnsOf(rollup: Rollup, costPreference: DayBuilds['costPreference']): [name: string, sql: string][] {
  const pricing = {
    cost: costPreference === 'book' ? 'coalesce(priced_cost, reported_cost)' : 'coalesce(reported_cost, priced_cost)',
    modelKnown: 'model_known',
  }
  const kept = ATOM_NAMES.filter((name) => atomOf(name).kind === 'attempt' && !atomOf(name).sumOf)
  const sums = kept.map((name): [string, string] => [
    name,
    name === 'spend' ? `ifNull(${atomSql(name, 'request', pricing)}, 0)` : atomSql(name, 'request', pricing),
  ])
  const counted = ATOM_NAMES.filter((name) => atomOf(name).kind === 'request')
  const requests = LENSES.filter((lens) => lens === 'request' || rollup.hasLenses).flatMap((lens) =>
    counted.map((name): [string, string] => [`${name}${LENS_SUFFIXES[lens]}`, atomSql(name, lens, pricing)]),
  )
  const histograms = rollup.hasHistograms
    ? Object.entries(DURATIONS).map(([name, column]): [string, string] => [name, histogramSql(column)])
    : []
  // With this all tokens are the sum of what is kept.
  const unsplit: [string, string] = ['unsplitTokens', 'sum(unsplit)']
  const keys = rollup.keys.map(({ column, sql }): [string, string] => [column, sql])
  return [...keys, ...sums, unsplit, ...requests, ...histograms]
}

/** SQL: `ts` lies in one of the days; neighbours are joined, so that the engine reads one stretch. */
export function spans(days: DayBuilds['days']): string {
  const joined: { fromS: number; toS: number }[] = []
  for (const { fromS, toS } of days) {
    const last = joined.at(-1)
    if (last && last.toS === fromS) last.toS = toS
    else joined.push({ fromS, toS })
  }
  return joined
    .map(({ fromS, toS }) => `(ts >= toDateTime64(${fromS}, 3, 'UTC') AND ts < toDateTime64(${toS}, 3, 'UTC'))`)
    .join(' OR ')
}
