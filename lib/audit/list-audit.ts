import 'server-only'
import { type AuditFilter, type AuditRow, listAuditChoices, listAuditRows } from '@/db/postgres/queries/audit-entries'
import { type AuditSearch, auditRange } from '@/lib/audit/audit-search'
import { authorizeMember, authorizeOrganization, type Person } from '@/lib/auth/person'

type AuditEntry = AuditRow

/** A page of the audit log: entries, newest first, and where the next page starts. */
export type AuditPage = {
  entries: AuditEntry[]
  nextBefore: number | null
  choices: { actions: string[]; actors: string[] }
}

const PAGE = 50

type AuditScope = { workspaceId: number | null; timeZone: string }

/**
 * Entries about a workspace, or with `slug` null about the organisation and all of its workspaces. Days are those of the
 * workspace's zone, of UTC for the organisation.
 * @throws AppError `not_found`, `forbidden`, `unavailable`.
 */
export async function listAudit(person: Person, slug: string | null, search: AuditSearch): Promise<AuditPage> {
  const scope = await authorizeAudit(person, slug)
  const [rows, choices] = await Promise.all([
    listAuditRows(filterOf(search, scope), search.before, PAGE + 1),
    listAuditChoices(scope.workspaceId),
  ])
  const entries = rows.slice(0, PAGE)
  return { entries, nextBefore: rows.length > PAGE ? (entries.at(-1)?.id ?? null) : null, choices }
}

/**
 * Whose audit log somebody may read.
 * @throws AppError `not_found`, `forbidden`, `unavailable`.
 */
export async function authorizeAudit(person: Person, slug: string | null): Promise<AuditScope> {
  if (slug === null) {
    await authorizeOrganization(person)
    return { workspaceId: null, timeZone: 'UTC' }
  }
  const { workspace } = await authorizeMember(person, slug, 'viewAudit')
  return { workspaceId: workspace.id, timeZone: workspace.timeZone }
}

/** The condition of a search on the entries of a scope. */
export function filterOf(search: AuditSearch, { workspaceId, timeZone }: AuditScope): AuditFilter {
  const { text, action, actor } = search
  return { workspaceId, text, action, actor, ...auditRange(search, timeZone) }
}
