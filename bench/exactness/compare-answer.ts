import { z } from 'zod'
import type { Question } from '@/bench/exactness/question'
import { type ExpectedAnswer, OTHER, rowKey } from '@/bench/exactness/reference-answer'
import type { ReferenceCalendar } from '@/bench/exactness/reference-calendar'
import { type ExpectedCell, IMMEDIATE, SETTLED, STATES, Sums } from '@/bench/exactness/reference-measures'

/** Measures that must be exact at every moment, or soon after the last event. */
export type Phase = 'immediate' | 'settled'

const cell = z.union([z.string(), z.number()]).nullable()
const cells = z.record(z.string(), z.unknown())
export const answerSchema = z.object({
  rows: z.array(cells),
  totals: cells,
  meta: z.looseObject({ unpricedTokens: z.string(), source: z.string() }),
})
export type Answer = z.output<typeof answerSchema>

/** A cell, a row or an order that is not what it must be. */
type Difference = { where: string; expected: string; got: string }
export type Comparison = { cells: number; differences: Difference[] }

/** Names of the measures asked for; the order of rows is by spend, so that it is always among them. */
function measuresOf(question: Question, phase: Phase): string[] {
  if (phase === 'settled') return ['spend', ...Object.keys(SETTLED)]
  return Object.keys({ ...IMMEDIATE, ...(question.withStates ? STATES : {}) })
}

/** Body of POST /v1/query. */
export function bodyOf(question: Question, phase: Phase): Record<string, unknown> {
  const instant = (atMs: number) => new Date(atMs).toISOString()
  const { window, compare, limit } = question
  return {
    measures: measuresOf(question, phase),
    dimensions: [...(question.granularity ? ['time'] : []), ...question.dimensions],
    from: instant(window.fromMs),
    to: instant(window.toMs),
    timeZone: question.timeZone,
    filters: question.filters,
    ...(question.granularity ? { granularity: question.granularity } : {}),
    ...(limit === null ? {} : { limit, other: question.other, orderBy: [{ key: 'spend', direction: 'desc' }] }),
    ...(compare
      ? {
          compare:
            compare.as === 'previous'
              ? 'previous'
              : { from: instant(compare.window.fromMs), to: instant(compare.window.toMs) },
        }
      : {}),
  }
}

type Wanted = { time: string | null; key: string; current: Sums; previous: Sums }

/** Every cell of an answer against what it must be. */
export function compareAnswer(
  question: Question,
  phase: Phase,
  expected: ExpectedAnswer,
  answer: Answer,
  calendar: ReferenceCalendar,
  nowMs: number,
): Comparison {
  const comparison: Comparison = { cells: 0, differences: [] }
  const wanted = listRows(question, expected, calendar, nowMs)
  const got = new Map<string, Record<string, unknown>>()
  for (const row of answer.rows) {
    const key = JSON.stringify([row.time ?? null, row.$other === true, ...question.dimensions.map((name) => row[name])])
    if (got.has(key)) comparison.differences.push({ where: key, expected: 'one row', got: 'two rows' })
    got.set(key, row)
  }
  const asked = measuresOf(question, phase)
  const measures = Object.entries({ ...IMMEDIATE, ...STATES, ...SETTLED }).filter(([name]) => asked.includes(name))
  const compareCells = (where: string, sums: Sums, row: Record<string, unknown>): void => {
    for (const [name, compute] of measures) {
      comparison.cells += 1
      const wantedCell = compute(sums)
      const parsed = cell.safeParse(row[name])
      if (!parsed.success || !isCell(wantedCell, parsed.data)) {
        comparison.differences.push({
          where: `${where} ${name}`,
          expected: JSON.stringify(wantedCell),
          got: JSON.stringify(row[name]) ?? 'nothing',
        })
      }
    }
  }
  const comparePair = (where: string, current: Sums, previous: Sums, row: Record<string, unknown>): void => {
    compareCells(where, current, row)
    if (!question.compare) return
    const earlier = cells.safeParse(row.previous)
    compareCells(`${where} previous`, previous, earlier.success ? earlier.data : {})
  }
  for (const { time, key, current, previous } of wanted) {
    const values: unknown = key === OTHER ? question.dimensions.map(() => null) : JSON.parse(key)
    const shown = z.array(z.string().nullable()).parse(values)
    const id = JSON.stringify([time, key === OTHER, ...shown.map((value) => (value === '' ? null : value))])
    const row = got.get(id)
    if (!row) comparison.differences.push({ where: id, expected: `a row of ${current.attempts}`, got: 'no row' })
    else comparePair(id, current, previous, row)
    got.delete(id)
  }
  for (const [id, row] of got) {
    comparison.differences.push({ where: id, expected: 'no row', got: JSON.stringify(row).slice(0, 200) })
  }
  comparePair('totals', expected.current.totals, expected.previous?.totals ?? new Sums(), answer.totals)
  comparison.cells += 1
  const unpriced = String(expected.current.totals.unpricedTokens)
  if (answer.meta.unpricedTokens !== unpriced) {
    comparison.differences.push({ where: 'meta.unpricedTokens', expected: unpriced, got: answer.meta.unpricedTokens })
  }
  compareOrder(question, expected, answer, comparison)
  return comparison
}

function listRows(
  question: Question,
  { current, previous }: ExpectedAnswer,
  calendar: ReferenceCalendar,
  nowMs: number,
): Wanted[] {
  const starts = current.starts ?? []
  const keys = new Set([...current.rows.keys(), ...(previous?.rows.keys() ?? [])])
  if (question.dimensions.length === 0) {
    if (question.granularity === null) keys.add(rowKey(null, '[]'))
    for (const [position, start] of starts.entries()) if (start <= nowMs) keys.add(rowKey(position, '[]'))
  }
  return [...keys].flatMap((id) => {
    const space = id.indexOf(' ')
    const position = space === 0 ? null : Number(id.slice(0, space))
    const start = position === null ? null : starts[position]
    // A longer window has buckets that this one has nothing to set beside.
    if (start === undefined) return []
    return {
      time: start === null ? null : calendar.write(start),
      key: id.slice(space + 1),
      current: current.rows.get(id) ?? new Sums(),
      previous: previous?.rows.get(id) ?? new Sums(),
    }
  })
}

function isCell(expected: ExpectedCell, got: z.output<typeof cell>): boolean {
  if (expected === null || got === null) return expected === got
  if (typeof expected === 'string') return expected === got
  const value = Number(got)
  return value >= expected.lowest && value <= expected.highest
}

function compareOrder(question: Question, expected: ExpectedAnswer, answer: Answer, comparison: Comparison): void {
  if (!expected.ranked || question.granularity !== null) return
  const got = answer.rows
    .filter((row) => row.$other !== true)
    .map((row) => JSON.stringify(question.dimensions.map((name) => row[name] ?? '')))
  comparison.cells += 1
  const [wantedText, gotText] = [expected.ranked.join(' '), got.join(' ')]
  if (wantedText !== gotText) {
    comparison.differences.push({ where: 'order of rows', expected: wantedText, got: gotText })
  }
}

/** The rows of a CSV, in any order, against those of the JSON answer to the same question: the same text in every cell. */
export function compareCsv(question: Question, phase: Phase, answer: Answer, table: string[][]): Comparison {
  const comparison: Comparison = { cells: 0, differences: [] }
  const measures = measuresOf(question, phase)
  const dimensions = [...(question.granularity ? ['time'] : []), ...question.dimensions]
  const [header = [], ...records] = table
  const text = (value: unknown) => (value === null || value === undefined ? '' : String(value))
  const firstName = dimensions.find((name) => name !== 'time')
  if (records.length !== answer.rows.length) {
    const [expected, got] = [answer.rows.length, records.length].map((rows) => `${rows} rows`)
    comparison.differences.push({ where: 'CSV', expected: expected ?? '', got: got ?? '' })
  }
  const columnsOf = (row: Record<string, unknown>): (readonly [string, string])[] =>
    dimensions.map((name) => [name, row.$other === true && name === firstName ? 'Other' : text(row[name])])
  const idOf = (fields: readonly string[]) => JSON.stringify(fields)
  const recordById = new Map(records.map((record) => [idOf(record.slice(0, dimensions.length)), record]))
  for (const row of answer.rows) {
    const keys = columnsOf(row)
    const id = idOf(keys.map(([, value]) => value))
    const record = recordById.get(id) ?? []
    const earlier = cells.safeParse(row.previous)
    const wanted = [
      ...keys,
      ...measures.map((name) => [name, text(row[name])] as const),
      ...(earlier.success ? measures.map((name) => [`${name}.previous`, text(earlier.data[name])] as const) : []),
    ]
    for (const [column, expected] of wanted) {
      comparison.cells += 1
      const got = record[header.indexOf(column)] ?? 'nothing'
      if (got !== expected) comparison.differences.push({ where: `CSV row ${id} ${column}`, expected, got })
    }
  }
  return comparison
}
