import { archiveScenarioAction } from '@/app/(console)/w/[workspace]/scenarios/actions'
import { ScenarioDialog } from '@/app/(console)/w/[workspace]/scenarios/scenario-dialog'
import { scenarioHref, scenariosHref } from '@/app/(console)/w/[workspace]/scenarios/scenario-links'
import { ConfirmAction } from '@/components/settings/confirm-action'
import { PageHeader } from '@/components/shell/page-header'
import { type DataColumn, DataTable } from '@/components/tables/data-table'
import { Panel } from '@/components/ui/panel'
import { EmptyState } from '@/components/ui/states'
import { mayDo } from '@/lib/auth/permissions'
import { requirePermission } from '@/lib/auth/require-permission'
import { listScenarios, type Scenario } from '@/lib/scenarios/read-scenario'
import { describePrice, describeRoute } from '@/lib/scenarios/scenario'

export const metadata = { title: 'What if · Farthing' }

export default async function ScenariosPage({ params }: { params: Promise<{ workspace: string }> }) {
  const { workspace: slug } = await params
  const { workspace, role } = await requirePermission(slug, 'view', scenariosHref(slug))
  const scenarios = await listScenarios(workspace.id)
  const mayEdit = mayDo(role, 'editPrices') && workspace.archivedAt === null
  return (
    <>
      <PageHeader
        title="What if"
        scope={[
          { label: 'Workspace', value: workspace.name },
          { label: 'Scope', value: [...workspace.defaultEnvironments, ...workspace.defaultDataModes].join(', ') },
          { label: 'Time zone', value: workspace.timeZone },
        ]}
        actions={mayEdit ? <ScenarioDialog workspace={slug} /> : undefined}
      />
      <Panel title="Scenarios" note="other routes and prices, run over real history" flush>
        <DataTable
          caption="Scenarios"
          columns={columnsOf(slug, mayEdit)}
          rows={scenarios}
          rowKey={({ id }) => String(id)}
          currency="USD"
          timeZone={workspace.timeZone}
          empty={
            <EmptyState title="No scenario yet">
              {mayEdit
                ? 'Make one to see what last month would have cost on another model, tier or price.'
                : 'Ask an editor of this workspace to make one.'}
            </EmptyState>
          }
        />
      </Panel>
    </>
  )
}

function columnsOf(slug: string, mayEdit: boolean): DataColumn<Scenario>[] {
  const columns: DataColumn<Scenario>[] = [
    {
      key: 'name',
      header: 'Scenario',
      kind: 'text',
      value: ({ name }) => name,
      href: ({ id }) => scenarioHref(slug, id),
    },
    {
      key: 'changes',
      header: 'What changes',
      kind: 'text',
      value: ({ definition }) =>
        [...definition.routes.map(describeRoute), ...definition.prices.map(describePrice)].join('; ') || null,
      nullText: 'nothing',
      nullReason: 'No route and no price',
    },
    { key: 'createdBy', header: 'By', kind: 'text', value: ({ createdByName }) => createdByName },
    { key: 'updatedAt', header: 'Changed', kind: 'date', value: ({ updatedAt }) => updatedAt.toISOString() },
  ]
  if (!mayEdit) return columns
  return [
    ...columns,
    {
      key: 'actions',
      header: 'Actions',
      kind: 'text',
      align: 'right',
      value: () => '',
      cell: ({ id, name }) => (
        <ConfirmAction
          label="Remove"
          accessibleLabel={`Remove ${name}`}
          title={`Remove ${name}?`}
          action={archiveScenarioAction}
          fields={{ workspace: slug, scenario: String(id) }}
        >
          Links to it no longer open. No figure depends on it.
        </ConfirmAction>
      ),
    },
  ]
}
