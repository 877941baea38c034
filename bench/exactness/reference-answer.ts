import type { Question, QuestionFilter, Window } from '@/bench/exactness/question'
import type { ReferenceCalendar } from '@/bench/exactness/reference-calendar'
import { dimensionOf, type LedgerAttempt, type ReferenceLedger } from '@/bench/exactness/reference-ledger'
import { Sums } from '@/bench/exactness/reference-measures'

/** Sums by row; a key is the JSON of the bucket's position (null without time) and the dimensions' stored values. */
export type WindowAnswer = { rows: Map<string, Sums>; totals: Sums; starts: number[] | null }

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
  for (const attempts of ledger.allRequests()) {
    for (const attempt of attempts) {
      if (!isIn(attempt, question.window) || !matches(attempt, question.filters)) continue
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
  const { granularity } = question
  const starts = granularity ? calendar.bucketStarts(window.fromMs, window.toMs, granularity) : null
  const positions = new Map(starts?.map((start, position) => [start, position]))
  const positionOf = (atMs: number): number | null =>
    granularity ? (positions.get(calendar.bucketStart(atMs, granularity)) ?? null) : null
  const answer: WindowAnswer = { rows: new Map(), totals: new Sums(), starts }
  const isNamed = named && new Set(named)
  for (const attempts of ledger.allRequests()) {
    const matching = attempts.filter((attempt) => matches(attempt, question.filters))
    if (matching.length === 0) continue
    const byKey = new Map<string, LedgerAttempt[]>()
    for (const attempt of matching) {
      const key = keyOf(attempt, question)
      const row = isNamed && !isNamed.has(key) ? (question.other ? OTHER : null) : key
      if (row === null) continue
      byKey.set(row, [...(byKey.get(row) ?? []), attempt])
    }
    for (const attempt of matching) {
      if (isIn(attempt, window)) answer.totals.addAttempt(attempt, FAILED.has(attempt.status), question.withStates)
    }
    addRequest(answer.totals, matching, window, [], question.filters)
    for (const [key, there] of byKey) {
      for (const attempt of there) {
        if (!isIn(attempt, window)) continue
        const row = sumsAt(answer.rows, rowKey(positionOf(attempt.atMs), key))
        row.addAttempt(attempt, FAILED.has(attempt.status), question.withStates)
      }
      const [first] = there
      if (!first || !isIn(first, window)) continue
      const row = sumsAt(answer.rows, rowKey(positionOf(first.atMs), key))
      addRequest(row, there, window, question.dimensions, question.filters)
    }
  }
  return answer
}

/**
 * Counts a request of which these attempts, in order, fall into a row: once, where its first attempt there lies in the
 * window; as failed or successful where its last attempt of all is among them; as a fallback where the next attempt went
 * elsewhere, "where" being what the row or a filter names: a provider, a model, or the two.
 */
function addRequest(
  sums: Sums,
  there: readonly LedgerAttempt[],
  window: Window,
  dimensions: readonly string[],
  filters: readonly QuestionFilter[],
): void {
  const [first] = there
  if (!first || !isIn(first, window)) return
  const names = new Set([...dimensions, ...filters.map((filter) => filter.dimension)])
  const has = (name: string) => names.has(name)
  const isAttemptLevel = ['provider', 'model', 'status', 'errorCode', 'serviceTier', 'region'].some(has)
  const left = ({ class: is }: LedgerAttempt): boolean => {
    if (!isAttemptLevel) return is.hasFallback
    if (has('provider') && !has('model')) return is.nextOtherProvider
    if (has('model') && !has('provider')) return is.nextOtherModel
    return is.nextOtherDeployment
  }
  const last = there.find((attempt) => attempt.class.isLast)
  sums.requests += 1
  if (last?.class.outcome === 'failed') sums.failedRequests += 1
  if (last?.class.outcome === 'success') sums.successfulRequests += 1
  if (there.some(left)) sums.fallbackRequests += 1
}

function isIn({ atMs }: LedgerAttempt, { fromMs, toMs }: Window): boolean {
  return atMs >= fromMs && atMs < toMs
}

function matches(attempt: LedgerAttempt, filters: readonly QuestionFilter[]): boolean {
  return filters.every(({ dimension, operator, values }) => {
    const value = dimensionOf(attempt, dimension)
    const texts = values.map((each) => each ?? '')
    if (operator === 'in') return texts.includes(value)
    if (operator === 'notIn') return !texts.includes(value)
    return texts.some((text) => value.toLowerCase().includes(text.toLowerCase()))
  })
}

function keyOf(attempt: LedgerAttempt, question: Question): string {
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
