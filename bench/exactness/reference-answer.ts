import type { Question, QuestionFilter, Window } from '@/bench/exactness/question'
import type { ReferenceCalendar } from '@/bench/exactness/reference-calendar'
import { dimensionOf, type LedgerAttempt, type ReferenceLedger } from '@/bench/exactness/reference-ledger'
import { Sums } from '@/bench/exactness/reference-measures'

/** Sums by row; a key is the JSON of the bucket's position (null without time) and the dimensions' stored values. */
type WindowAnswer = { rows: Map<string, Sums>; totals: Sums; starts: number[] | null }

export type ExpectedAnswer = {
  current: WindowAnswer
  previous: WindowAnswer | null
  /** Named keys in the order of their rank, where the question has a limit. */
  ranked: string[] | null
}

export const OTHER = '$other'

const FAILED = new Set(['error', 'timeout', 'rate_limited', 'canceled'])

/** What a question must be answered with, from the ledger attempt by attempt. */
export function expectAnswer(ledger: ReferenceLedger, question: Question, calendar: ReferenceCalendar): ExpectedAnswer {
  const named = question.limit === null ? null : rankKeys(ledger, question, question.limit)
  const answer = (window: Window) => answerWindow(ledger, question, window, calendar, named)
  return {
    current: answer(question.window),
    previous: question.compare ? answer(question.compare.window) : null,
    ranked: named,
  }
}

/** The keys with the most spend over the whole range; equals by their names, those without any price last. */
function rankKeys(ledger: ReferenceLedger, question: Question, limit: number): string[] {
  const totals = new Map<string, Sums>()
  const matches = matcherOf(question.filters)
  for (const attempts of ledger.allRequests()) {
    for (const attempt of attempts) {
      if (!isIn(attempt, question.window) || !matches(attempt)) continue
      sumsAt(totals, keyOf(attempt, question)).addAttempt(attempt, FAILED.has(attempt.status), false)
    }
  }
  return [...totals]
    .sort(([a, sumsOfA], [b, sumsOfB]) => {
      const spendA = sumsOfA.isPriced() ? sumsOfA.spend : -1n
      const spendB = sumsOfB.isPriced() ? sumsOfB.spend : -1n
      if (spendA !== spendB) return spendA > spendB ? -1 : 1
      return a < b ? -1 : 1
    })
    .slice(0, limit)
    .map(([key]) => key)
}

function answerWindow(
  ledger: ReferenceLedger,
  question: Question,
  window: Window,
  calendar: ReferenceCalendar,
  named: readonly string[] | null,
): WindowAnswer {
  const { granularity, withStates } = question
  const starts = granularity ? calendar.bucketStarts(window.fromMs, window.toMs, granularity) : null
  const positions = new Map(starts?.map((start, position) => [start, position]))
  const positionOf = (atMs: number): number | null =>
    granularity ? (positions.get(calendar.bucketStart(atMs, granularity)) ?? null) : null
  const answer: WindowAnswer = { rows: new Map(), totals: new Sums(), starts }
  const isNamed = named && new Set(named)
  const rowOf = (attempt: LedgerAttempt): string | null => {
    const key = keyOf(attempt, question)
    return !isNamed || isNamed.has(key) ? key : question.other ? OTHER : null
  }
  const matches = matcherOf(question.filters)
  const leftTotals = leftOf([], question.filters)
  const leftRow = leftOf(question.dimensions, question.filters)
  for (const attempts of ledger.allRequests()) {
    if (!attempts.some((attempt) => isIn(attempt, window))) continue
    const matching = attempts.filter(matches)
    const byRow = new Map<string, LedgerAttempt[]>()
    for (const attempt of matching) {
      const row = rowOf(attempt)
      if (row !== null) byRow.set(row, [...(byRow.get(row) ?? []), attempt])
      if (!isIn(attempt, window)) continue
      const hasFailed = FAILED.has(attempt.status)
      answer.totals.addAttempt(attempt, hasFailed, withStates)
      if (row === null) continue
      sumsAt(answer.rows, rowKey(positionOf(attempt.atMs), row)).addAttempt(attempt, hasFailed, withStates)
    }
    addRequest(() => answer.totals, matching, window, leftTotals)
    for (const [row, there] of byRow) {
      addRequest((first) => sumsAt(answer.rows, rowKey(positionOf(first.atMs), row)), there, window, leftRow)
    }
  }
  return answer
}

/**
 * Counts a request of which these attempts, in order, fall into a row: once, where its first attempt there lies in the
 * window; as failed or successful where its last attempt of all is among them; as a fallback where one of them was left.
 */
function addRequest(
  sumsOf: (first: LedgerAttempt) => Sums,
  there: readonly LedgerAttempt[],
  window: Window,
  left: (attempt: LedgerAttempt) => boolean,
): void {
  const [first] = there
  if (!first || !isIn(first, window)) return
  const sums = sumsOf(first)
  const last = there.find((attempt) => attempt.class.isLast)
  sums.requests += 1
  if (last?.class.outcome === 'failed') sums.failedRequests += 1
  if (last?.class.outcome === 'success') sums.successfulRequests += 1
  if (there.some(left)) sums.fallbackRequests += 1
}

/**
 * Whether the attempt after this one went elsewhere, "where" being what the row or a filter names: a provider, a model,
 * or the two. Where they name nothing that differs between attempts, whether any attempt of the request did.
 */
function leftOf(
  dimensions: readonly string[],
  filters: readonly QuestionFilter[],
): (attempt: LedgerAttempt) => boolean {
  const names = new Set([...dimensions, ...filters.map((filter) => filter.dimension)])
  const has = (name: string) => names.has(name)
  const isAttemptLevel = [
    'provider',
    'model',
    'rawProvider',
    'rawModel',
    'status',
    'errorCode',
    'serviceTier',
    'region',
  ].some(has)
  if (!isAttemptLevel) return (attempt) => attempt.class.hasFallback
  if (has('provider') && !has('model')) return (attempt) => attempt.class.nextOtherProvider
  if (has('model') && !has('provider')) return (attempt) => attempt.class.nextOtherModel
  return (attempt) => attempt.class.nextOtherDeployment
}

function isIn({ atMs }: LedgerAttempt, { fromMs, toMs }: Window): boolean {
  return atMs >= fromMs && atMs < toMs
}

function matcherOf(filters: readonly QuestionFilter[]): (attempt: LedgerAttempt) => boolean {
  const tests = filters.map(({ dimension, operator, values }) => {
    const texts = values.map((each) => each ?? '')
    const listed = new Set(texts)
    return (attempt: LedgerAttempt): boolean => {
      const value = dimensionOf(attempt, dimension)
      if (operator === 'in') return listed.has(value)
      if (operator === 'notIn') return !listed.has(value)
      return texts.some((text) => value.toLowerCase().includes(text.toLowerCase()))
    }
  })
  return (attempt) => tests.every((test) => test(attempt))
}

function keyOf(attempt: LedgerAttempt, question: Question): string {
  if (question.dimensions.length === 0) return '[]'
  return JSON.stringify(question.dimensions.map((name) => dimensionOf(attempt, name)))
}

/** Key of a row: position of its bucket, and {@link OTHER} or the JSON of its dimensions. */
export function rowKey(position: number | null, key: string): string {
  return `${position ?? ''} ${key}`
}

function sumsAt(rows: Map<string, Sums>, key: string): Sums {
  const sums = rows.get(key) ?? new Sums()
  rows.set(key, sums)
  return sums
}
