import { DAY_MS } from '@/bench/world'

/** The six questions of a cost dashboard, as the body of POST /v1/query. */
export const QUESTIONS = [
  {
    name: 'spend + requests by day',
    body: { measures: ['spend', 'requests'], dimensions: ['time'], granularity: 'day' },
  },
  { name: 'top 20 endpoints', body: { measures: ['spend', 'requests'], dimensions: ['endpoint'], limit: 20 } },
  { name: 'top 20 users', body: { measures: ['spend', 'requests'], dimensions: ['user'], limit: 20 } },
  {
    name: 'model by day',
    body: { measures: ['spend', 'requests'], dimensions: ['time', 'model'], granularity: 'day' },
  },
  { name: 'p95 by model', body: { measures: ['latencyP95', 'attempts'], dimensions: ['model'] } },
  { name: 'prompt versions', body: { measures: ['spend', 'requests'], dimensions: ['promptVersion'] } },
] as const

export type QuestionName = (typeof QUESTIONS)[number]['name']

/** The last `days` days of the data, today's included; half-open. */
export function lastDays(lastDayMs: number, days: number): { from: Date; to: Date } {
  return { from: new Date(lastDayMs - (days - 1) * DAY_MS), to: new Date(lastDayMs + DAY_MS) }
}

/** JSON of a question about a range. */
export function bodyOf(question: (typeof QUESTIONS)[number], range: { from: Date; to: Date }): string {
  return JSON.stringify({ ...question.body, from: range.from.toISOString(), to: range.to.toISOString() })
}
