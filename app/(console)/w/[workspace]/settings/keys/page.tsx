import { settingsHref } from '@/app/(console)/settings-pages'
import { revokeKeyAction } from '@/app/(console)/w/[workspace]/settings/actions'
import { CreateKey } from '@/app/(console)/w/[workspace]/settings/keys/create-key'
import { ConfirmAction } from '@/components/settings/confirm-action'
import { type DataColumn, DataTable } from '@/components/tables/data-table'
import { Badge } from '@/components/ui/badge'
import { Panel } from '@/components/ui/panel'
import { EmptyState } from '@/components/ui/states'
import { type ApiKey, listApiKeys } from '@/lib/api-keys/list-api-keys'
import { publicOrigin } from '@/lib/auth/public-origin'
import { requirePermission } from '@/lib/auth/require-permission'
import { readEnv } from '@/lib/env'

export const metadata = { title: 'API keys · Farthing' }

const TONES = { active: 'good', expired: 'warn', revoked: 'neutral' } as const

export default async function KeysPage({ params }: { params: Promise<{ workspace: string }> }) {
  const { workspace: slug } = await params
  const { workspace, person } = await requirePermission(slug, 'manageKeys', settingsHref(slug, 'keys'))
  const keys = await listApiKeys(person, slug, new Date())
  const isOpen = workspace.archivedAt === null
  const baseUrl = publicOrigin(readEnv())
  const columns: DataColumn<ApiKey>[] = [
    { key: 'name', header: 'Name', kind: 'text', value: (row) => row.name },
    {
      key: 'state',
      header: 'State',
      kind: 'text',
      value: (row) => row.state,
      cell: (row) => <Badge tone={TONES[row.state]}>{row.state}</Badge>,
    },
    {
      key: 'prefix',
      header: 'Key',
      kind: 'text',
      value: (row) => `${row.prefix}…`,
      cell: (row) => <code className="font-mono text-xs">{row.prefix}…</code>,
    },
    { key: 'scopes', header: 'May', kind: 'text', value: (row) => row.scopes.join(' and ') },
    {
      key: 'fixed',
      header: 'Fixed scope',
      definition: 'What events get that name no environment or data mode themselves.',
      kind: 'text',
      value: (row) => [row.fixedEnvironment, row.fixedDataMode].filter((name) => name !== null).join(', ') || null,
      nullText: 'none',
      nullReason: 'Events say it themselves, or are stored as unspecified',
    },
    {
      key: 'lastUsedAt',
      header: 'Last used',
      definition: 'Noted at most once a minute.',
      kind: 'date',
      value: (row) => row.lastUsedAt?.toISOString() ?? null,
      nullText: 'never',
      nullReason: 'No request came with this key yet',
    },
    {
      key: 'expiresAt',
      header: 'Expires',
      kind: 'date',
      value: (row) => row.expiresAt?.toISOString() ?? null,
      nullText: 'never',
      nullReason: 'Works until it is revoked',
    },
    {
      key: 'createdAt',
      header: 'Created',
      kind: 'date',
      value: (row) => row.createdAt.toISOString(),
    },
    { key: 'createdBy', header: 'By', kind: 'text', value: (row) => row.createdBy, nullText: 'provisioning' },
    {
      key: 'actions',
      header: 'Actions',
      kind: 'text',
      align: 'right',
      value: () => '',
      cell: (row) =>
        row.state === 'revoked' ? null : (
          <ConfirmAction
            label="Revoke"
            accessibleLabel={`Revoke ${row.name}`}
            title={`Revoke ${row.name}?`}
            action={revokeKeyAction}
            fields={{ workspace: workspace.slug, key: String(row.id) }}
          >
            Callers that use it get a 401 within a minute. What it sent stays. A revoked key cannot be used again.
          </ConfirmAction>
        ),
    },
  ]
  return (
    <Panel
      title="API keys"
      note="apps send events with them; nothing else in Farthing needs one"
      flush
      actions={isOpen ? <CreateKey workspace={workspace.slug} baseUrl={baseUrl} /> : undefined}
    >
      <DataTable
        caption="API keys"
        columns={columns}
        rows={keys}
        rowKey={(row) => String(row.id)}
        currency={workspace.currency}
        timeZone={workspace.timeZone}
        empty={
          <EmptyState title="No key yet">Make a key to send the first event; you get a command to paste.</EmptyState>
        }
      />
    </Panel>
  )
}
