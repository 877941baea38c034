import 'server-only'
import type { Scope } from '@/lib/metrics/plan'
import { parseQuery } from '@/lib/metrics/query-schema'
import { cellOf, type ResultRow } from '@/lib/metrics/result'
import { runQuery } from '@/lib/metrics/run'
import { compareDecimals } from '@/lib/money'
import type { OpenPriceChange } from '@/lib/pricing/open-price-change'
import { type Range, shiftDays } from '@/lib/time'

const FIGURES = ['spend', 'unpricedTokens', 'unknownModelRatio', 'pricingCoverage'] as const

type PreviewFigure = (typeof FIGURES)[number]

type Moved = { name: string | null; before: string | null; after: string | null }

/** What the figures of a workspace are, and what they would be: in its default scope, by range. */
export type AliasPreview = {
  ranges: { label: string; figures: { figure: PreviewFigure; before: string | null; after: string | null }[] }[]
  /** Attempts of all time that would have other names, in every environment and data mode. */
  attempts: string
  /** Spend of the last 30 days by endpoint, where it would move; the most first. */
  endpoints: Moved[]
}

const DAYS = 30
const ENDPOINTS = 10
const EVER_FROM = '1971-01-01T00:00:00Z'

/**
 * Asks the same questions with and without changes that nobody has made.
 * @throws AppError as `runQuery`.
 */
export async function previewAlias(
  raw: { rawProvider: string; rawModel: string },
  assumed: readonly OpenPriceChange[],
  scope: Scope,
  now: Date,
): Promise<AliasPreview> {
  const [calendar] = scope.workspaces
  const lately = { from: shiftDays(now, -DAYS, calendar), to: now }
  const ever = { from: new Date(EVER_FROM), to: shiftDays(now, 1, calendar) }
  const ask = (range: Range, body: object, changes: readonly OpenPriceChange[]) =>
    runQuery(parseQuery({ from: range.from.toISOString(), to: range.to.toISOString(), ...body }), scope, now, changes)
  const both = async (range: Range, body: object) =>
    await Promise.all([ask(range, body, []), ask(range, body, assumed)])
  const totals = async (label: string, range: Range) => {
    const [before, after] = await both(range, { measures: FIGURES })
    return {
      label,
      figures: FIGURES.map((figure) => ({
        figure,
        before: textOf(before.totals, figure),
        after: textOf(after.totals, figure),
      })),
    }
  }
  const filters = [
    { dimension: 'rawProvider', values: [raw.rawProvider] },
    { dimension: 'rawModel', values: [raw.rawModel] },
    { dimension: 'environment', values: ['*'] },
    { dimension: 'dataMode', values: ['*'] },
  ]
  const [recent, all, renamed, [before, after]] = await Promise.all([
    totals(`Last ${DAYS} days`, lately),
    totals('All of history', ever),
    both(ever, { measures: ['attempts'], dimensions: ['provider', 'model'], filters }),
    both(lately, { measures: ['spend'], dimensions: ['endpoint'] }),
  ])
  return {
    ranges: [recent, all],
    attempts: countMoved(renamed[0].rows, renamed[1].rows),
    endpoints: listMoved(before.rows, after.rows),
  }
}

/** Attempts that are counted under another name after than before: those that left theirs. */
function countMoved(before: readonly ResultRow[], after: readonly ResultRow[]): string {
  const count = (row: ResultRow | undefined) => BigInt((row && textOf(row, 'attempts')) ?? '0')
  const same = (row: ResultRow) =>
    after.find(
      (each) => textOf(each, 'provider') === textOf(row, 'provider') && textOf(each, 'model') === textOf(row, 'model'),
    )
  const left = before.map((row) => count(row) - count(same(row))).filter((attempts) => attempts > 0n)
  return left.reduce((sum, attempts) => sum + attempts, 0n).toString()
}

function listMoved(before: readonly ResultRow[], after: readonly ResultRow[]): Moved[] {
  return after
    .map((row) => {
      const name = textOf(row, 'endpoint')
      const former = before.find((each) => textOf(each, 'endpoint') === name)
      return { name, before: former ? textOf(former, 'spend') : null, after: textOf(row, 'spend') }
    })
    .filter((moved) => moved.before !== moved.after)
    .sort((a, b) => compareDecimals(b.after ?? '0', a.after ?? '0'))
    .slice(0, ENDPOINTS)
}

function textOf(row: ResultRow, name: string): string | null {
  const value = cellOf(row, name)
  return value === null || value === undefined ? null : String(value)
}
