import { formatOfMeasure } from '@/app/(console)/measure-columns'
import { type DataColumn, DataTable } from '@/components/tables/data-table'
import { Panel } from '@/components/ui/panel'
import type { AliasPreview } from '@/lib/catalogue/preview-alias'
import { formatCount, formatMoney, formatValue, NO_VALUE } from '@/lib/format'
import { measureOf } from '@/lib/metrics/registry'
import { subtractDecimals } from '@/lib/money'

type Row = { key: string; what: string; before: string; after: string; by: string }

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
  const figures = preview.ranges.flatMap(({ label, figures: of }) =>
    of.map(({ figure, before, after }): Row => {
      const format = formatOfMeasure(figure, currency)
      const show = (value: string | null) => (value === null ? NO_VALUE : formatValue(value, format))
      return {
        key: `${label} ${figure}`,
        what: `${measureOf(figure).label}, ${label.toLowerCase()}`,
        before: show(before),
        after: show(after),
        by: before === after ? 'no change' : before === null || after === null ? NO_VALUE : signed(before, after, show),
      }
    }),
  )
  const endpoints = preview.endpoints.map(({ name, before, after }): Row => {
    const show = (value: string | null) => (value === null ? 'no price' : formatMoney(value, currency))
    return {
      key: `endpoint ${name ?? ''}`,
      what: `Spend of ${name ?? 'unattributed'}, last 30 days`,
      before: show(before),
      after: show(after),
      by: signed(before ?? '0', after ?? '0', show),
    }
  })
  const attempts = preview.attempts === '1' ? '1 attempt' : `${formatCount(preview.attempts)} attempts`
  return (
    <Panel
      title="Preview"
      note={`figures of ${workspace} in its default scope; ${attempts} of all environments would have another name`}
      flush
    >
      <DataTable
        caption="Preview"
        columns={COLUMNS}
        rows={[...figures, ...endpoints]}
        rowKey={({ key }) => key}
        currency={currency}
        timeZone="UTC"
      />
    </Panel>
  )
}

function signed(before: string, after: string, show: (value: string) => string): string {
  const difference = subtractDecimals(after, before)
  return difference.startsWith('-') ? `−${show(difference.slice(1))}` : `+${show(difference)}`
}

const COLUMNS: DataColumn<Row>[] = [
  { key: 'what', header: 'Figure', kind: 'text', value: ({ what }) => what },
  { key: 'before', header: 'Now', kind: 'text', align: 'right', value: ({ before }) => before },
  { key: 'after', header: 'After', kind: 'text', align: 'right', value: ({ after }) => after },
  { key: 'by', header: 'Moves by', kind: 'text', align: 'right', value: ({ by }) => by },
]
