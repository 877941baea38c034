import { type DataColumn, DataTable } from '@/components/tables/data-table'
import { Badge } from '@/components/ui/badge'
import { EmptyState } from '@/components/ui/states'

export type ShownDelivery = {
  id: number
  at: Date
  kind: string
  recipient: string
  attempt: number
  isSent: boolean
  durationMs: number
  answer: string
}

const COLUMNS: DataColumn<ShownDelivery>[] = [
  { key: 'at', header: 'When', kind: 'date', value: ({ at }) => at.toISOString() },
  { key: 'recipient', header: 'To', kind: 'text', value: ({ recipient }) => recipient },
  { key: 'kind', header: 'Message', kind: 'text', value: ({ kind }) => kind },
  { key: 'attempt', header: 'Attempt', kind: 'count', value: ({ attempt }) => String(attempt) },
  {
    key: 'outcome',
    header: 'Outcome',
    kind: 'text',
    value: ({ isSent }) => (isSent ? 'sent' : 'failed'),
    cell: ({ isSent }) => (isSent ? <Badge tone="good">sent</Badge> : <Badge tone="bad">failed</Badge>),
  },
  { key: 'duration', header: 'Took', kind: 'duration', value: ({ durationMs }) => String(durationMs) },
  { key: 'answer', header: 'Answer', kind: 'text', value: ({ answer }) => answer },
]

/** Attempts to send messages, and what the other side answered. */
export function DeliveryTable({
  deliveries,
  timeZone,
  currency,
}: {
  deliveries: readonly ShownDelivery[]
  timeZone: string
  currency: string
}) {
  return (
    <DataTable
      caption="Deliveries"
      columns={COLUMNS}
      rows={[...deliveries]}
      rowKey={(row) => String(row.id)}
      currency={currency}
      timeZone={timeZone}
      empty={<EmptyState title="Nothing was sent yet">Each attempt is noted here, with what was answered.</EmptyState>}
    />
  )
}
