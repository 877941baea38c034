import 'server-only'
import type { Scope } from '@/lib/metrics/plan'
import { parseQuery, type QueryInput } from '@/lib/metrics/query-schema'
import type { MeasureName } from '@/lib/metrics/registry'
import { cellOf, type QueryResult, type ResultRow } from '@/lib/metrics/result'
import { runQuery } from '@/lib/metrics/run'
import { addDecimals, compareDecimals, divideDecimals, ExactDecimal, subtractDecimals } from '@/lib/money'
import type { OpenPriceChange } from '@/lib/pricing/open-price-change'
import type { PreviewFigures, PricePreview } from '@/lib/pricing/price-preview'

/** Before anything that a provider of language models could have billed. */
const HISTORY_FROM = '2000-01-01T00:00:00Z'
/** Clocks of senders may run ahead by minutes. */
const AHEAD_MS = 86_400_000

const MEASURES = ['spend', 'attempts', 'unknownModelRatio'] as const satisfies readonly MeasureName[]

/**
 * What changes of prices would do to the stored history, each workspace in its default scope: the questions that the
 * screens ask, answered once by the prices in force and once as if the changes had been made.
 * @param scopes what is counted; months are those of each workspace's zone
 * @throws AppError `unavailable` when the store does not answer.
 */
export async function previewPriceChange(
  changes: readonly OpenPriceChange[],
  scopes: readonly Scope[],
  now: Date,
): Promise<PricePreview> {
  const read = (assumed: readonly OpenPriceChange[]) =>
    Promise.all(scopes.map((scope) => readHistory(scope, now, assumed)))
  const [before, after] = await Promise.all([read([]), read(changes)])
  const [figuresBefore, figuresAfter] = [sumFigures(before), sumFigures(after)]
  return {
    workspaces: scopes.flatMap(({ workspaces }) => workspaces.map(({ slug }) => slug)),
    scopeText: [...new Set(scopes.map(describeScope))].join('; '),
    note: null,
    before: figuresBefore,
    after: figuresAfter,
    newlyPriced: subtractDecimals(figuresBefore.unpricedAttempts, figuresAfter.unpricedAttempts),
    months: joinRows(before, after, 'months', (row) => [textOf(row, 'time').slice(0, 7)])
      .filter(({ attempts }) => attempts !== '0')
      .map(({ keys, ...spend }) => ({ month: keys[0] ?? '', ...spend }))
      .toSorted((a, b) => (a.month < b.month ? -1 : 1)),
    models: joinRows(before, after, 'models', (row) => [cellText(row, 'provider'), cellText(row, 'model')])
      .filter((row) => row.before !== row.after)
      .map(({ keys, ...spend }) => ({ provider: keys[0] ?? null, model: keys[1] ?? null, ...spend }))
      .toSorted((a, b) => compareDecimals(sizeOf(b), sizeOf(a))),
  }
}

type History = { months: QueryResult; models: QueryResult }

async function readHistory(scope: Scope, now: Date, assumed: readonly OpenPriceChange[]): Promise<History> {
  const range = { from: HISTORY_FROM, to: new Date(now.getTime() + AHEAD_MS).toISOString() }
  const ask = (question: Pick<QueryInput, 'dimensions' | 'granularity'>) =>
    runQuery(parseQuery({ measures: [...MEASURES], ...question, ...range }), scope, now, assumed)
  const [months, models] = await Promise.all([
    ask({ dimensions: ['time'], granularity: 'month' }),
    ask({ dimensions: ['provider', 'model'] }),
  ])
  return { months, models }
}

function describeScope({ workspaces: [first] }: Scope): string {
  return [...first.defaultEnvironments, ...first.defaultDataModes].join(', ')
}

function sumFigures(histories: readonly History[]): PreviewFigures {
  const answers = histories.map(({ months }) => months)
  const attempts = addDecimals(answers.map(({ totals }) => cellText(totals, 'attempts')))
  // Whole attempts, exactly: the ratio has more digits than there can be attempts.
  const unknown = answers.map(({ totals }) =>
    new ExactDecimal(cellText(totals, 'unknownModelRatio') ?? '0')
      .times(cellText(totals, 'attempts') ?? '0')
      .round()
      .toFixed(),
  )
  return {
    spend: sumSpend(answers.map(({ totals }) => cellText(totals, 'spend'))),
    attempts,
    unpricedAttempts: addDecimals(answers.map(({ meta }) => meta.unpricedAttempts)),
    unpricedTokens: addDecimals(answers.map(({ meta }) => meta.unpricedTokens)),
    unknownModelRatio: divideDecimals(addDecimals(unknown), attempts),
  }
}

/** Sum of what has a cost; null where nothing has. */
function sumSpend(values: readonly (string | null)[]): string | null {
  return values.every((value) => value === null) ? null : addDecimals(values)
}

type Joined = { keys: readonly (string | null)[]; attempts: string; before: string | null; after: string | null }

function joinRows(
  before: readonly History[],
  after: readonly History[],
  of: keyof History,
  keysOf: (row: ResultRow) => (string | null)[],
): Joined[] {
  const joined = new Map<string, Joined>()
  const add = (histories: readonly History[], side: 'before' | 'after') => {
    for (const row of histories.flatMap((history) => history[of].rows)) {
      const keys = keysOf(row)
      const id = JSON.stringify(keys)
      const entry = joined.get(id) ?? { keys, attempts: '0', before: null, after: null }
      const attempts = side === 'after' ? addDecimals([entry.attempts, cellText(row, 'attempts')]) : entry.attempts
      joined.set(id, { ...entry, attempts, [side]: sumSpend([entry[side], cellText(row, 'spend')]) })
    }
  }
  add(before, 'before')
  add(after, 'after')
  return [...joined.values()]
}

function sizeOf({ before, after }: { before: string | null; after: string | null }): string {
  return new ExactDecimal(after ?? '0')
    .minus(before ?? '0')
    .abs()
    .toFixed()
}

function cellText(row: ResultRow, name: string): string | null {
  const cell = cellOf(row, name)
  return cell === null ? null : String(cell)
}

function textOf(row: ResultRow, name: string): string {
  return cellText(row, name) ?? ''
}
