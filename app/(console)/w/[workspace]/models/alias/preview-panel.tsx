import { formatOfMeasure } from '@/app/(console)/measure-columns'
import { type DataColumn, DataTable } from '@/components/tables/data-table'
import { Panel } from '@/components/ui/panel'
import type { AliasPreview } from '@/lib/catalogue/preview-alias'
import { formatCount, formatDifference, formatMoney, formatValue, NO_VALUE } from '@/lib/format'
import { measureOf } from '@/lib/metrics/registry'
import { subtractDecimals } from '@/lib/money'

type Row = { what: string; before: string; after: string; by: string }

/** What the figures of the workspace are now, and what they would be. */
export function PreviewPanel({
  preview,
  currency,
  workspace,
}: {
  preview: AliasPreview
  currency: string
  workspace: string
}) {
  const attempts = preview.attempts === '1' ? '1 attempt' : `${formatCount(preview.attempts)} attempts`
  const endpoints = preview.endpoints.map(({ name, before, after }): Row => {
    const show = (value: string | null) => (value === null ? 'no price' : formatMoney(value, currency))
    return {
      what: name ?? 'unattributed',
      before: show(before),
      after: show(after),
      by: formatDifference(subtractDecimals(after ?? '0', before ?? '0'), { kind: 'money', currency }),
    }
  })
  return (
    <>
      <p className="text-ink-muted">
        What would move in {workspace}, in its default scope. {attempts} of all environments and data modes would have
        another name. Budgets, alerts and exports follow.
      </p>
      <div className="grid gap-4 xl:grid-cols-2">
        {preview.ranges.map(({ label, figures }) => (
          <Table
            key={label}
            title={label}
            header="Figure"
            rows={figures.map(({ figure, before, after }): Row => {
              const format = formatOfMeasure(figure, currency)
              const show = (value: string | null) => (value === null ? NO_VALUE : formatValue(value, format))
              return {
                what: measureOf(figure).label,
                before: show(before),
                after: show(after),
                by:
                  before === null || after === null
                    ? NO_VALUE
                    : formatDifference(subtractDecimals(after, before), format),
              }
            })}
          />
        ))}
      </div>
      {endpoints.length > 0 && <Table title="Spend by endpoint, last 30 days" header="Endpoint" rows={endpoints} />}
    </>
  )
}

function Table({ title, header, rows }: { title: string; header: string; rows: Row[] }) {
  const columns: DataColumn<Row>[] = [
    { key: 'what', header, kind: 'text', value: ({ what }) => what },
    { key: 'before', header: 'Now', kind: 'text', align: 'right', value: ({ before }) => before },
    { key: 'after', header: 'After', kind: 'text', align: 'right', value: ({ after }) => after },
    { key: 'by', header: 'Moves by', kind: 'text', align: 'right', value: ({ by }) => by },
  ]
  return (
    <Panel title={title} flush>
      <DataTable
        caption={title}
        columns={columns}
        rows={rows}
        rowKey={({ what }) => what}
        currency="USD"
        timeZone="UTC"
      />
    </Panel>
  )
}
