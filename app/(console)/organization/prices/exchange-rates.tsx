import { addRateAction, uploadRatesAction } from '@/app/(console)/organization/actions'
import { RateForm, RatesFile } from '@/app/(console)/organization/prices/rate-forms'
import { type DataColumn, DataTable } from '@/components/tables/data-table'
import { Panel } from '@/components/ui/panel'
import { EmptyState } from '@/components/ui/states'
import type { ExchangeRateRow } from '@/db/postgres/queries/exchange-rates'

const COLUMNS: DataColumn<ExchangeRateRow>[] = [
  { key: 'currency', header: 'Currency', kind: 'text', value: ({ currency }) => currency },
  { key: 'day', header: 'Day', kind: 'text', value: ({ day }) => day },
  {
    key: 'rate',
    header: 'USD for one',
    kind: 'text',
    align: 'right',
    value: ({ rateToUsd }) => rateToUsd,
  },
  { key: 'source', header: 'Source', kind: 'text', value: ({ source }) => source },
  { key: 'author', header: 'Entered by', kind: 'text', value: ({ authorName }) => authorName },
  { key: 'created', header: 'At', kind: 'date', value: ({ createdAt }) => createdAt.toISOString() },
]

/** Dated exchange rates as people entered them. */
export function ExchangeRates({ rates, most }: { rates: ExchangeRateRow[]; most: number }) {
  return (
    <Panel
      title="Exchange rates"
      note={rates.length < most ? 'entered here, never fetched; of a day the newest counts' : `the newest ${most}`}
      flush
    >
      <div className="grid items-start gap-x-8 gap-y-4 px-4 pb-4 xl:grid-cols-[2fr_1fr]">
        <RateForm action={addRateAction} />
        <RatesFile action={uploadRatesAction} />
      </div>
      <DataTable
        caption="Exchange rates"
        columns={COLUMNS}
        rows={rates}
        rowKey={({ id }) => String(id)}
        currency="USD"
        timeZone="UTC"
        empty={
          <EmptyState title="No exchange rate yet">
            Contract prices may be given in a currency that has a rate for the day from which they hold, or an earlier
            one.
          </EmptyState>
        }
      />
    </Panel>
  )
}
