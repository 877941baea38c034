import type { QueryInput } from '@/lib/metrics/query-schema'

/** What a page asks, by name; the server answers them for the first paint, the browser asks again under the same names. */
export type Questions = Readonly<Record<string, QueryInput>>

/** Identity of an answer in the browser's cache. */
export function answerKey(workspace: string, question: QueryInput): readonly unknown[] {
  return ['answer', workspace, question]
}

/** Where an endless list starts. */
export const FIRST_PAGE: string | null = null

/** Identity of a list of requests in the browser's cache. */
export function requestsKey(workspace: string, list: QueryInput, state: object): readonly unknown[] {
  return ['requests', workspace, list, state]
}
