import { Download } from 'lucide-react'
import { AuditChange } from '@/components/settings/audit-change'
import { type DataColumn, DataTable } from '@/components/tables/data-table'
import { Button, ButtonLink, buttonClassName } from '@/components/ui/button'
import { Input } from '@/components/ui/input'
import { Panel } from '@/components/ui/panel'
import { Select } from '@/components/ui/select'
import { EmptyState } from '@/components/ui/states'
import { type AuditSearch, formatAuditSearch } from '@/lib/audit/audit-search'

export type AuditViewEntry = {
  id: number
  at: Date
  actorKind: 'user' | 'key' | 'system'
  actorName: string
  address: string | null
  workspace: string | null
  action: string
  targetKind: string
  targetName: string
  before: Record<string, unknown> | null
  after: Record<string, unknown> | null
}

/** `member.role_changed` as a reader says it: "member role changed". */
function sayAction(action: string): string {
  return action.replace(/[._]/g, ' ')
}

/** The audit log with its search: a plain form whose state is the URL, a table, the next page and the CSV. */
export function AuditView({
  path,
  csvPath,
  search,
  entries,
  nextBefore,
  choices,
  timeZone,
  withWorkspace = false,
}: {
  path: string
  csvPath: string
  search: AuditSearch
  entries: readonly AuditViewEntry[]
  nextBefore: number | null
  choices: { actions: readonly string[]; actors: readonly string[] }
  timeZone: string
  withWorkspace?: boolean
}) {
  const columns: DataColumn<AuditViewEntry>[] = [
    { key: 'at', header: 'When', kind: 'date', value: (row) => row.at.toISOString() },
    {
      key: 'actor',
      header: 'Who',
      kind: 'text',
      value: (row) => (row.actorKind === 'key' ? `key ${row.actorName}` : row.actorName),
    },
    { key: 'action', header: 'Did', kind: 'text', value: (row) => sayAction(row.action) },
    { key: 'target', header: 'To', kind: 'text', value: (row) => row.targetName },
    {
      key: 'change',
      header: 'Change',
      kind: 'text',
      value: () => '',
      cell: (row) => <AuditChange before={row.before} after={row.after} />,
    },
    ...(withWorkspace
      ? [
          {
            key: 'workspace',
            header: 'Workspace',
            kind: 'text',
            value: (row: AuditViewEntry) => row.workspace,
            nullText: 'organisation',
          } satisfies DataColumn<AuditViewEntry>,
        ]
      : []),
    { key: 'address', header: 'From', kind: 'text', value: (row) => row.address, nullText: 'unknown' },
  ]
  const all = (label: string) => ({ value: '', label })
  const isNarrowed = formatAuditSearch({ ...search, before: null }) !== ''
  return (
    <Panel
      title="Audit log"
      note="newest first; entries are never changed"
      flush
      actions={
        <a
          href={`${csvPath}${formatAuditSearch({ ...search, before: null })}`}
          download
          className={buttonClassName('quiet')}
          aria-label="Audit log as CSV"
        >
          <Download aria-hidden className="size-3.5" />
          CSV
        </a>
      }
    >
      <form action={path} className="flex flex-wrap items-center gap-2 px-4 pb-3" aria-label="Search the audit log">
        <Input
          name="q"
          aria-label="Text"
          placeholder="Text, such as a name"
          maxLength={200}
          defaultValue={search.text ?? ''}
          className="w-full sm:w-56"
        />
        <Select
          label="What was done"
          name="action"
          options={[
            all('Anything done'),
            ...choices.actions.map((action) => ({ value: action, label: sayAction(action) })),
          ]}
          defaultValue={search.action ?? ''}
        />
        <Select
          label="Who did it"
          name="actor"
          options={[all('By anybody'), ...choices.actors.map((actor) => ({ value: actor, label: actor }))]}
          defaultValue={search.actor ?? ''}
        />
        <Input name="from" type="date" aria-label="First day" defaultValue={search.from ?? ''} className="w-36!" />
        <span className="text-ink-muted">to</span>
        <Input name="to" type="date" aria-label="Last day" defaultValue={search.to ?? ''} className="w-36!" />
        <Button type="submit">Search</Button>
        {isNarrowed && (
          <ButtonLink variant="quiet" href={path}>
            Clear
          </ButtonLink>
        )}
      </form>
      <DataTable
        caption="Audit log"
        columns={columns}
        rows={[...entries]}
        rowKey={(row) => String(row.id)}
        currency="USD"
        timeZone={timeZone}
        maxHeight="none"
        empty={
          <EmptyState title={isNarrowed ? 'No entry like this' : 'No entry yet'}>
            {isNarrowed
              ? 'Search for less, or clear the search.'
              : 'Whatever is changed in the settings is noted here, with who did it and from where.'}
          </EmptyState>
        }
      />
      {(nextBefore !== null || search.before !== null) && (
        <nav aria-label="Pages of the audit log" className="border-line flex justify-between border-t px-4 py-2">
          {search.before === null ? (
            <span />
          ) : (
            <ButtonLink href={`${path}${formatAuditSearch({ ...search, before: null })}`}>Newest</ButtonLink>
          )}
          {nextBefore !== null && (
            <ButtonLink href={`${path}${formatAuditSearch({ ...search, before: nextBefore })}`}>Older</ButtonLink>
          )}
        </nav>
      )}
    </Panel>
  )
}
