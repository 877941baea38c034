import Link from 'next/link'
import { settingsHref } from '@/app/(console)/settings-pages'
import { EraseForm } from '@/app/(console)/w/[workspace]/settings/data/erase-form'
import { type DataColumn, DataTable } from '@/components/tables/data-table'
import { Badge } from '@/components/ui/badge'
import { Panel } from '@/components/ui/panel'
import { EmptyState } from '@/components/ui/states'
import { formatCount } from '@/lib/format'

export type ShownErasure = {
  id: number
  kind: 'user' | 'request'
  name: string
  requestedIso: string
  requestedBy: string | null
  completedIso: string | null
  attempts: number
  requests: number
}

const COLUMNS: DataColumn<ShownErasure>[] = [
  {
    key: 'name',
    header: 'Keyed hash',
    definition: 'The beginning of the keyed hash: all that is kept of what was erased.',
    kind: 'text',
    value: ({ name }) => name,
    cell: ({ name }) => <code>{name}…</code>,
  },
  { key: 'kind', header: 'Erased', kind: 'text', value: ({ kind }) => (kind === 'user' ? 'User' : 'Request') },
  { key: 'requested', header: 'Asked for', kind: 'date', value: ({ requestedIso }) => requestedIso },
  { key: 'by', header: 'By', kind: 'text', value: ({ requestedBy }) => requestedBy },
  { key: 'requests', header: 'Requests', kind: 'count', value: ({ requests }) => String(requests) },
  { key: 'attempts', header: 'Attempts', kind: 'count', value: ({ attempts }) => String(attempts) },
  {
    key: 'state',
    header: 'State',
    definition: 'Out of every total at once; complete when the content is gone from disk too, some minutes later.',
    kind: 'text',
    value: ({ completedIso }) => completedIso,
    cell: ({ completedIso }) => (
      <Badge tone={completedIso ? 'good' : 'accent'} title={completedIso ?? 'The content is being removed from disk'}>
        {completedIso ? 'Complete' : 'Out of totals'}
      </Badge>
    ),
  },
]

/** Erasure and retention of a workspace's data. */
export function DataSettings({
  workspace: { slug, timeZone, retentionDays },
  erasures,
}: {
  workspace: { slug: string; timeZone: string; retentionDays: number | null }
  erasures: ShownErasure[]
}) {
  return (
    <div className="flex flex-col gap-4">
      <div className="grid items-start gap-4 xl:grid-cols-2">
        <Panel title="Erase">
          <EraseForm workspace={slug} />
        </Panel>
        <Panel title="Retention">
          <p className="max-w-prose">
            {retentionDays === null
              ? 'Users, ids and tags are kept for good.'
              : `Users, ids and tags of attempts are dropped after ${formatCount(retentionDays)} days.`}
          </p>
          <p className="text-ink-muted mt-1 max-w-prose">
            Retention runs once a day. It empties users, request and attempt ids, tags and fallback reasons of old
            attempts; money, tokens, counts and latencies stay, and a redelivery still counts once. Change it under{' '}
            <Link href={settingsHref(slug, 'general')} className="text-accent underline underline-offset-2">
              General
            </Link>
            .
          </p>
        </Panel>
      </div>
      <Panel title="Erasures" note={erasures.length === 0 ? undefined : 'newest first'} flush={erasures.length > 0}>
        <DataTable
          caption="Erasures"
          columns={COLUMNS}
          rows={erasures}
          rowKey={({ id }) => String(id)}
          currency="USD"
          timeZone={timeZone}
          empty={
            <EmptyState title="Nothing was erased yet">
              What is erased is listed here by its keyed hash; who or what it was is not kept.
            </EmptyState>
          }
        />
      </Panel>
    </div>
  )
}
