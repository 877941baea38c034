import { settingsHref } from '@/app/(console)/settings-pages'
import { AuditView } from '@/components/settings/audit-view'
import { parseAuditSearch } from '@/lib/audit/audit-search'
import { listAudit } from '@/lib/audit/list-audit'
import { requirePermission } from '@/lib/auth/require-permission'
import type { SearchParams } from '@/lib/metrics/url-state'

export const metadata = { title: 'Audit log · Farthing' }

export default async function AuditPage({
  params,
  searchParams,
}: {
  params: Promise<{ workspace: string }>
  searchParams: Promise<SearchParams>
}) {
  const { workspace: slug } = await params
  const { workspace, person } = await requirePermission(slug, 'viewAudit', settingsHref(slug, 'audit'))
  const search = parseAuditSearch(await searchParams)
  const page = await listAudit(person, slug, search)
  return (
    <AuditView
      {...page}
      search={search}
      path={settingsHref(workspace.slug, 'audit')}
      csvPath={`/api/w/${encodeURIComponent(workspace.slug)}/audit`}
      timeZone={workspace.timeZone}
    />
  )
}
