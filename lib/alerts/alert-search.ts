import { z } from 'zod'
import { ALERT_SEVERITIES } from './alert-facts'

export const ALERT_STATES = ['firing', 'acknowledged', 'snoozed', 'resolved'] as const
export const ALERT_SOURCES = ['budget', 'rule', 'switch', 'drill'] as const

/** Which alerts the inbox shows, as its URL says; what the URL says wrongly counts as not said. */
export type AlertSearch = {
  states: readonly (typeof ALERT_STATES)[number][]
  severity: (typeof ALERT_SEVERITIES)[number] | null
  source: (typeof ALERT_SOURCES)[number] | null
  before: number | null
}

const one = z.union([z.string(), z.array(z.string()).transform((values) => values[0])]).optional()
const id = z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER)

/** Reads the URL of the inbox; without a state it shows what is open. Pure. */
export function parseAlertSearch(params: Record<string, string | string[] | undefined>): AlertSearch {
  const read = (name: string) => one.parse(params[name]) ?? ''
  const state = read('state')
  const known = ALERT_STATES.filter((name) => name === state)
  return {
    states: state === 'all' ? [] : known.length > 0 ? known : ['firing', 'acknowledged', 'snoozed'],
    severity: ALERT_SEVERITIES.find((name) => name === read('severity')) ?? null,
    source: ALERT_SOURCES.find((name) => name === read('source')) ?? null,
    before: id.safeParse(read('before')).data ?? null,
  }
}

/** The URL of a search, from its `?` on; empty for the first page of what is open. Pure. */
export function formatAlertSearch(search: AlertSearch): string {
  const params = new URLSearchParams()
  const [state] = search.states
  if (search.states.length === 0) params.set('state', 'all')
  if (search.states.length === 1 && state) params.set('state', state)
  if (search.severity !== null) params.set('severity', search.severity)
  if (search.source !== null) params.set('source', search.source)
  if (search.before !== null) params.set('before', String(search.before))
  const text = params.toString()
  return text === '' ? '' : `?${text}`
}
