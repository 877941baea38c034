import { settingsHref } from '@/app/(console)/settings-pages'
import { releaseSwitchAction } from '@/app/(console)/w/[workspace]/settings/guard/actions'
import { EnforcementForm } from '@/app/(console)/w/[workspace]/settings/guard/enforcement-form'
import { GuardSnippets } from '@/app/(console)/w/[workspace]/settings/guard/guard-snippets'
import { ThrowSwitch } from '@/app/(console)/w/[workspace]/settings/guard/throw-switch'
import { ConfirmAction } from '@/components/settings/confirm-action'
import { type DataColumn, DataTable } from '@/components/tables/data-table'
import { Panel } from '@/components/ui/panel'
import { EmptyState, PartialNotice } from '@/components/ui/states'
import type { GuardSwitchRow } from '@/db/postgres/queries/guard'
import { mayDo } from '@/lib/auth/permissions'
import { publicOrigin } from '@/lib/auth/public-origin'
import { requirePermission } from '@/lib/auth/require-permission'
import { readEnv } from '@/lib/env'
import { readGuard } from '@/lib/guard/switches'
import { listMemberNames } from '@/lib/members/list-members'

export const metadata = { title: 'Guard · Farthing' }

export default async function GuardPage({ params }: { params: Promise<{ workspace: string }> }) {
  const { workspace: slug } = await params
  const { role, workspace, person } = await requirePermission(slug, 'view', settingsHref(slug, 'guard'))
  const [guard, members] = await Promise.all([readGuard(person, slug, new Date()), listMemberNames(person, slug)])
  const mayEdit = mayDo(role, 'editBudgets') && workspace.archivedAt === null
  const columns: DataColumn<GuardSwitchRow>[] = [
    { key: 'target', header: 'What', kind: 'text', value: ({ target }) => target },
    { key: 'value', header: 'Name', kind: 'text', value: ({ value }) => value },
    { key: 'reason', header: 'Reason', kind: 'text', value: ({ reason }) => reason },
    { key: 'owner', header: 'Owner', kind: 'text', value: ({ ownerName }) => ownerName },
    { key: 'createdAt', header: 'Since', kind: 'date', value: ({ createdAt }) => createdAt.toISOString() },
    { key: 'expiresAt', header: 'Expires', kind: 'date', value: ({ expiresAt }) => expiresAt.toISOString() },
    {
      key: 'actions',
      header: 'Actions',
      kind: 'text',
      align: 'right',
      value: () => '',
      cell: (row) =>
        mayEdit ? (
          <ConfirmAction
            label="Switch on"
            accessibleLabel={`Switch ${row.target} ${row.value} on again`}
            title={`Switch ${row.target} ${row.value} on again?`}
            variant="primary"
            action={releaseSwitchAction}
            fields={{ workspace: workspace.slug, switch: String(row.id) }}
          >
            Apps are told within seconds.
          </ConfirmAction>
        ) : null,
    },
  ]
  return (
    <div className="flex flex-col gap-4">
      {guard.observeOnly && (
        <PartialNotice tone="warn">
          The guard only observes: every answer is allow, whatever budgets and switches say.
        </PartialNotice>
      )}
      <Panel
        title="Kill switches"
        note="told to apps within seconds"
        flush
        actions={
          mayEdit ? (
            <ThrowSwitch
              workspace={workspace.slug}
              members={members.filter(({ isDisabled }) => !isDisabled).map(({ id, name }) => ({ id, name }))}
              self={members.some(({ id }) => id === person.id) ? person.id : ''}
            />
          ) : undefined
        }
      >
        <DataTable
          caption="Kill switches"
          columns={columns}
          rows={guard.switches}
          rowKey={({ id }) => String(id)}
          currency={workspace.currency}
          timeZone={workspace.timeZone}
          empty={
            <EmptyState title="Nothing is switched off">
              A switch tells apps that ask the guard to stop using a provider, a model or an endpoint.
            </EmptyState>
          }
        />
      </Panel>
      <div className="grid items-start gap-4 xl:grid-cols-2">
        {mayEdit && (
          <Panel title="Enforcement">
            <EnforcementForm
              key={String(guard.observeOnly)}
              workspace={workspace.slug}
              observeOnly={guard.observeOnly}
            />
          </Panel>
        )}
        <Panel title="Client" note="with any key of this workspace">
          <GuardSnippets baseUrl={publicOrigin(readEnv())} />
        </Panel>
      </div>
    </div>
  )
}
