import { AuditView } from '@/components/settings/audit-view'
import { PageHeader } from '@/components/shell/page-header'
import { parseAuditSearch } from '@/lib/audit/audit-search'
import { listAudit } from '@/lib/audit/list-audit'
import { requireOrganizationAdmin } from '@/lib/auth/require-permission'
import type { SearchParams } from '@/lib/metrics/url-state'

export const metadata = { title: 'Audit log · Farthing' }

export default async function OrganizationAuditPage({ searchParams }: { searchParams: Promise<SearchParams> }) {
  const person = await requireOrganizationAdmin('/organization/audit')
  const search = parseAuditSearch(await searchParams)
  const page = await listAudit(person, null, search)
  return (
    <>
      <PageHeader
        title="Audit log"
        scope={[
          { label: 'Scope', value: 'the organisation and all of its workspaces' },
          { label: 'Time zone', value: 'UTC' },
        ]}
      />
      <AuditView
        {...page}
        search={search}
        path="/organization/audit"
        csvPath="/api/organization/audit"
        timeZone="UTC"
        withWorkspace
      />
    </>
  )
}
