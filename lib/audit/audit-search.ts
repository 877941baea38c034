import { z } from 'zod'
import { resolveRange } from '@/lib/metrics/url-state'
import { shiftDays } from '@/lib/time'

/** No entry holds a NUL character, and Postgres refuses to look for one. */
const isWithoutNul = (value: string) => !value.includes('\u0000')

const text = z.string().trim().max(200).min(1).refine(isWithoutNul).nullable().catch(null)
const day = z.iso.date().nullable().catch(null)

const schema = z.object({
  /** Anywhere in an entry. */
  text,
  action: text,
  actor: text,
  /** First and last day, `YYYY-MM-DD`. */
  from: day,
  to: day,
  /** Entries before this one. */
  before: z.coerce.number().int().min(1).nullable().catch(null),
})

/** What is looked for in the audit log, as its URL says. */
export type AuditSearch = z.output<typeof schema>

/** Reads the URL of an audit page or of its export; what makes no sense is left out. */
export function parseAuditSearch(params: Readonly<Record<string, string | string[] | undefined>>): AuditSearch {
  const first = (name: string) => {
    const value = params[name]
    return (Array.isArray(value) ? value[0] : value) ?? null
  }
  return schema.parse({
    text: first('q'),
    action: first('action'),
    actor: first('actor'),
    from: first('from'),
    to: first('to'),
    before: first('before') ?? null,
  })
}

/** The query string of a search; the inverse of {@link parseAuditSearch}. */
export function formatAuditSearch(search: AuditSearch): string {
  const params = new URLSearchParams()
  if (search.text) params.set('q', search.text)
  if (search.action) params.set('action', search.action)
  if (search.actor) params.set('actor', search.actor)
  if (search.from) params.set('from', search.from)
  if (search.to) params.set('to', search.to)
  if (search.before) params.set('before', String(search.before))
  const query = params.toString()
  return query ? `?${query}` : ''
}

/** The instants `[from, to)` of the days looked for, in a zone; null where a side is open. */
export function auditRange({ from, to }: AuditSearch, timeZone: string): { from: Date | null; to: Date | null } {
  const startOf = (date: string) => {
    const next = new Date(Date.parse(date) + 86_400_000).toISOString().slice(0, 10)
    return resolveRange(`${date}..${next}`, new Date(0), { timeZone, fiscalYearStartMonth: 1 }).from
  }
  return { from: from ? startOf(from) : null, to: to ? shiftDays(startOf(to), 1, { timeZone }) : null }
}
