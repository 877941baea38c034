import {
  CLASS_LABELS,
  describeBand,
  describeBorder,
  describeHours,
  describeTiers,
  formatUnitPrice,
} from '@/app/(console)/w/[workspace]/prices/price-text'
import { type DataColumn, DataTable } from '@/components/tables/data-table'
import { Badge, type Tone } from '@/components/ui/badge'
import { EmptyState } from '@/components/ui/states'
import type { StoredContract } from '@/db/postgres/queries/contract-prices'
import { unitsPerPrice } from '@/lib/pricing/contract-form'
import { contractIdOf, isVolumeMonth, originOf, type PriceState, type ShownPrice } from '@/lib/pricing/price-search'
import { fillUnitPrices, PRICED_CLASSES, type PricedClass } from '@/lib/pricing/price-usage'

const STATES: Record<PriceState, { label: string; tone: Tone; title: string }> = {
  inForce: { label: 'in force', tone: 'good', title: 'Prices attempts now' },
  hidden: { label: 'hidden', tone: 'neutral', title: 'Another price comes before it' },
  future: { label: 'not yet', tone: 'accent', title: 'Begins later' },
  past: { label: 'ended', tone: 'neutral', title: 'Prices attempts of its time' },
}

const ORIGINS = {
  list: { label: 'List', tone: 'neutral' },
  organization: { label: 'Organisation', tone: 'accent' },
  workspace: { label: 'Workspace', tone: 'accent' },
} as const

/** Prices of a book, one row per model, tier, region, context band and period. */
export function PriceTable({
  prices,
  contracts,
  timeZone,
  withStates,
  isNarrowed,
}: {
  prices: ShownPrice[]
  contracts: readonly StoredContract[]
  timeZone: string
  withStates: boolean
  isNarrowed: boolean
}) {
  return (
    <DataTable
      caption="Prices"
      columns={columnsOf(prices, contracts, withStates)}
      rows={prices}
      rowKey={({ row }) => row.id}
      currency="USD"
      timeZone={timeZone}
      empty={
        <EmptyState title={isNarrowed ? 'No price like this' : 'No price of a model in use'}>
          {isNarrowed
            ? 'Search all models of the book, or clear the search.'
            : 'Models appear here with their first event. Show all models to see the whole book.'}
        </EmptyState>
      }
    />
  )
}

function columnsOf(
  prices: readonly ShownPrice[],
  contracts: readonly StoredContract[],
  withStates: boolean,
): DataColumn<ShownPrice>[] {
  const has = (found: (shown: ShownPrice) => unknown) => prices.some((shown) => Boolean(found(shown)))
  const text = (key: string, header: string, value: (shown: ShownPrice) => string | null, nullText: string) =>
    ({ key, header, kind: 'text', value, nullText, nullReason: nullText }) satisfies DataColumn<ShownPrice>
  const classes = PRICED_CLASSES.filter(
    (name) => name === 'inputUncached' || name === 'output' || has(({ row }) => row.unitPrices[name]),
  )
  return [
    { key: 'model', header: 'Model', kind: 'text', value: ({ row }) => row.model },
    { key: 'provider', header: 'Provider', kind: 'text', value: ({ row }) => row.provider },
    ...(withStates ? [stateColumn] : []),
    { key: 'tier', header: 'Tier', kind: 'text', value: ({ row }) => row.serviceTier },
    ...(has(({ row }) => row.region) ? [text('region', 'Region', ({ row }) => row.region, 'any')] : []),
    ...(has(({ row }) => describeBand(row.contextBand))
      ? [text('context', 'Context', ({ row }) => describeBand(row.contextBand), 'any')]
      : []),
    ...classes.map(classColumn),
    text('from', 'From', ({ row }) => describeBorder(row.effectiveFrom), 'always'),
    text('to', 'Until', ({ row }) => describeBorder(row.effectiveTo), 'open'),
    ...(has(({ row }) => row.dailyFrom) ? [text('hours', 'Hours', ({ row }) => describeHours(row), 'all day')] : []),
    {
      key: 'origin',
      header: 'Set by',
      kind: 'text',
      value: ({ row }) => row.source,
      cell: ({ row }) => {
        const { label, tone } = ORIGINS[originOf(row)]
        const id = contractIdOf(row)
        const contract = contracts.find((each) => each.id === id)
        const said =
          contract && `${contract.authorName}, ${contract.createdAt.toISOString().slice(0, 10)}: ${contract.reason}`
        return (
          <>
            <span className="inline-flex items-center gap-1.5" title={said ?? row.source}>
              <Badge tone={tone}>{label}</Badge>
              {id !== null && (
                <a href="#contracts" className="hover:text-accent rounded-sm underline underline-offset-2">
                  Contract {id}
                </a>
              )}
            </span>
            {contract?.volumeTiers && (
              <span className="text-ink-muted block min-w-60 pb-1.5 text-xs whitespace-normal">
                by month: {describeTiers(contract.volumeTiers)}
              </span>
            )}
          </>
        )
      },
    },
  ]
}

const stateColumn: DataColumn<ShownPrice> = {
  key: 'state',
  header: 'State',
  kind: 'text',
  value: ({ state }) => STATES[state].label,
  cell: ({ state }) => (
    <Badge tone={STATES[state].tone} title={STATES[state].title}>
      {STATES[state].label}
    </Badge>
  ),
}

function classColumn(priceClass: PricedClass): DataColumn<ShownPrice> {
  const per = unitsPerPrice(priceClass) === 1_000 ? '1,000 requests' : '1M tokens'
  return {
    key: priceClass,
    header: CLASS_LABELS[priceClass].label,
    definition: `USD per ${per}. A price in grey is taken from the class that it is billed as.`,
    kind: 'text',
    align: 'right',
    value: ({ row }) => fillUnitPrices(row.unitPrices)[priceClass] ?? null,
    cell: ({ row }) => {
      const own = row.unitPrices[priceClass]
      const price = own ?? fillUnitPrices(row.unitPrices)[priceClass]
      if (price === undefined) {
        return (
          <span className="text-ink-faint" title="The book has no price for it">
            –
          </span>
        )
      }
      return (
        <span
          className={own === undefined ? 'text-ink-muted' : undefined}
          title={`${price} USD each${own === undefined ? ', billed as another class' : ''}`}
        >
          {formatUnitPrice(priceClass, price, 'USD', isVolumeMonth(row) ? 'auto' : 'exact')}
        </span>
      )
    },
  }
}
