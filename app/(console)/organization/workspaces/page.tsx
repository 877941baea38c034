import { CreateWorkspace } from '@/app/(console)/organization/workspaces/create-workspace'
import { settingsHref } from '@/app/(console)/settings-pages'
import { PageHeader } from '@/components/shell/page-header'
import { type DataColumn, DataTable } from '@/components/tables/data-table'
import { Badge } from '@/components/ui/badge'
import { Panel } from '@/components/ui/panel'
import { EmptyState } from '@/components/ui/states'
import { requireOrganizationAdmin } from '@/lib/auth/require-permission'
import { listWorkspaceFacts, type WorkspaceFacts } from '@/lib/workspaces/list-workspace-facts'

export const metadata = { title: 'Workspaces · Farthing' }

export default async function WorkspacesPage() {
  const person = await requireOrganizationAdmin('/organization/workspaces')
  const workspaces = await listWorkspaceFacts(person)
  const columns: DataColumn<WorkspaceFacts>[] = [
    {
      key: 'name',
      header: 'Name',
      kind: 'text',
      value: (row) => row.name,
      href: (row) => settingsHref(row.slug, 'general'),
    },
    { key: 'slug', header: 'Address', kind: 'text', value: (row) => row.slug },
    {
      key: 'state',
      header: 'State',
      kind: 'text',
      value: (row) => (row.archivedAt ? 'archived' : 'in use'),
      cell: (row) => (row.archivedAt ? <Badge>archived</Badge> : <Badge tone="good">in use</Badge>),
    },
    {
      key: 'budgetOwner',
      header: 'Budget owner',
      kind: 'text',
      value: (row) => row.budgetOwner,
      nullText: 'nobody',
      href: (row) => settingsHref(row.slug, 'owners'),
    },
    {
      key: 'backupOwner',
      header: 'Backup',
      kind: 'text',
      value: (row) => row.backupOwner,
      nullText: 'nobody',
      href: (row) => settingsHref(row.slug, 'owners'),
    },
    { key: 'timeZone', header: 'Time zone', kind: 'text', value: (row) => row.timeZone },
    { key: 'createdAt', header: 'Created', kind: 'date', value: (row) => row.createdAt.toISOString() },
  ]
  return (
    <>
      <PageHeader
        title="Workspaces"
        scope={[{ label: 'Scope', value: 'all of the organisation, archived ones included' }]}
        actions={<CreateWorkspace timeZones={['UTC', ...Intl.supportedValuesOf('timeZone')]} />}
      />
      <Panel flush>
        <DataTable
          caption="Workspaces"
          columns={columns}
          rows={workspaces}
          rowKey={(row) => row.slug}
          currency="USD"
          timeZone="UTC"
          empty={
            <EmptyState title="No workspace yet">
              Create one for a product or a team; then make a key for it and send the first event.
            </EmptyState>
          }
        />
      </Panel>
    </>
  )
}
