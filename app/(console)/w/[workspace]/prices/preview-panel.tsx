'use client'

import { type DataColumn, DataTable } from '@/components/tables/data-table'
import { ChangeLabel } from '@/components/ui/change-label'
import { PartialNotice } from '@/components/ui/states'
import { formatCount, formatMoney, formatRatio, type ValueFormat } from '@/lib/format'
import type { PricePreview } from '@/lib/pricing/price-preview'

const MONEY: ValueFormat = { kind: 'money', currency: 'USD' }

/** By how much which figure would move. */
export function PreviewPanel({ preview, timeZone }: { preview: PricePreview; timeZone: string }) {
  const { before, after, newlyPriced, workspaces, scopeText, note, months, models } = preview
  const isSame = models.length === 0 && newlyPriced === '0' && before.unpricedTokens === after.unpricedTokens
  return (
    <section aria-label="Preview" className="flex flex-col gap-4">
      <p className="text-ink-muted text-xs">
        All stored history of {workspaces.length === 1 ? workspaces[0] : `${workspaces.length} workspaces`} ({scopeText}
        ). Nothing is changed yet.
      </p>
      {note && <PartialNotice>{note}</PartialNotice>}
      {isSame && <p role="status">No figure of the stored history moves. What comes in from now on is priced by it.</p>}
      <dl className="border-line grid grid-cols-[auto_1fr] gap-x-4 gap-y-1.5 rounded-lg border p-3 sm:grid-cols-[auto_auto_auto_1fr]">
        <Figure
          label="Spend"
          before={formatMoney(before.spend, 'USD', { precision: 'exact' })}
          after={formatMoney(after.spend, 'USD', { precision: 'exact' })}
        >
          <ChangeLabel current={after.spend} previous={before.spend} format={MONEY} absolute />
        </Figure>
        <Figure
          label="Unknown-model ratio"
          before={formatRatio(before.unknownModelRatio)}
          after={formatRatio(after.unknownModelRatio)}
        />
        <Figure
          label="Attempts without a price"
          before={formatCount(before.unpricedAttempts)}
          after={formatCount(after.unpricedAttempts)}
        >
          {newlyPriced !== '0' && <span className="text-ink-muted">{describeNewlyPriced(newlyPriced)}</span>}
        </Figure>
      </dl>
      {models.length > 0 && (
        <DataTable
          caption="Models whose spend moves"
          columns={[
            {
              key: 'model',
              header: 'Model',
              kind: 'text',
              value: (row) => [row.provider, row.model].filter((part) => part !== null).join('/'),
            },
            { key: 'attempts', header: 'Attempts', kind: 'count', value: (row) => row.attempts },
            ...SPEND_COLUMNS,
          ]}
          rows={models}
          rowKey={(row) => JSON.stringify([row.provider, row.model])}
          currency="USD"
          timeZone={timeZone}
          maxHeight="16rem"
        />
      )}
      {months.length > 0 && (
        <DataTable
          caption="Spend by month"
          columns={[{ key: 'month', header: 'Month', kind: 'text', value: (row) => row.month }, ...SPEND_COLUMNS]}
          rows={months}
          rowKey={(row) => row.month}
          currency="USD"
          timeZone={timeZone}
          maxHeight="16rem"
        />
      )}
    </section>
  )
}

type Spend = { before: string | null; after: string | null }

const SPEND_COLUMNS: DataColumn<Spend>[] = [
  { key: 'before', header: 'Spend now', kind: 'money', value: (row) => row.before, nullReason: 'Nothing has a price' },
  { key: 'after', header: 'After', kind: 'money', value: (row) => row.after, nullReason: 'Nothing has a price' },
  {
    key: 'change',
    header: 'Change',
    kind: 'text',
    align: 'right',
    value: (row) => row.after,
    cell: (row) => <ChangeLabel current={row.after} previous={row.before} format={MONEY} absolute />,
  },
]

function describeNewlyPriced(newlyPriced: string): string {
  if (newlyPriced.startsWith('-')) return `${formatCount(newlyPriced.slice(1))} lose their price`
  return `${formatCount(newlyPriced)} newly priced`
}

function Figure({
  label,
  before,
  after,
  children,
}: {
  label: string
  before: string
  after: string
  children?: React.ReactNode
}) {
  return (
    <div className="contents">
      <dt className="text-ink-muted">{label}</dt>
      <dd className="col-start-2 wrap-anywhere sm:col-auto">{before}</dd>
      <dd className="col-start-2 font-semibold wrap-anywhere sm:col-auto">
        <span aria-hidden className="text-ink-faint mr-1.5 font-normal">
          →
        </span>
        <span className="sr-only">becomes </span>
        {after}
      </dd>
      <dd className="col-start-2 sm:col-auto">{children}</dd>
    </div>
  )
}
