import { CURRENCY } from '@/app/(console)/w/[workspace]/close/ledger-currency'
import { ComparisonControls } from '@/app/(console)/w/[workspace]/costs/comparison-controls'
import { type ComparisonState, costsHref } from '@/app/(console)/w/[workspace]/costs/costs-href'
import { poolText } from '@/app/(console)/w/[workspace]/costs/pool-text'
import { type DataColumn, DataTable } from '@/components/tables/data-table'
import { Panel } from '@/components/ui/panel'
import { EmptyState, ErrorState } from '@/components/ui/states'
import { AppError } from '@/lib/errors'
import {
  type AlternativeCost,
  comparePool,
  MOST_ALTERNATIVES,
  type PoolComparison,
  placeText,
  readAlternatives,
} from '@/lib/fixed-costs/compare-pool'
import { poolKey } from '@/lib/fixed-costs/pool'
import type { FixedCost } from '@/lib/fixed-costs/read-costs'
import { chargeOf } from '@/lib/fixed-costs/spread-cost'
import { formatCompactCount, formatCount, formatFactor, formatMoney, formatRatio } from '@/lib/format'
import type { Scope } from '@/lib/metrics/plan'
import { addDecimals, compareDecimals, subtractDecimals } from '@/lib/money'

const TITLE = 'Against list prices'

/** A pool of the month beside what its usage would have cost at the list prices of other models. */
export async function ListComparison({
  workspace,
  costs,
  scope,
  month,
  now,
  state,
}: {
  workspace: { slug: string; timeZone: string }
  costs: readonly FixedCost[]
  scope: Scope
  month: string
  now: Date
  state: ComparisonState
}) {
  const pools = new Map<string, [FixedCost, ...FixedCost[]]>()
  for (const cost of costs.filter((each) => each.provider !== '' && chargeOf(each, month) !== null)) {
    const found = pools.get(poolKey(cost))
    if (found) found.push(cost)
    else pools.set(poolKey(cost), [cost])
  }
  const chosen = [...pools.values()].find((pool) => pool.some(({ id }) => id === state.pool)) ?? [...pools.values()][0]
  if (!chosen) return null
  const found = await readOrExplain(chosen, scope, month, now, state.alternatives)
  if (found instanceof AppError) {
    return (
      <Panel title={TITLE}>
        <ErrorState
          title="The comparison could not be loaded"
          action={{ label: 'Try again', href: costsHref(workspace.slug, month, state) }}
        >
          {found.message}
        </ErrorState>
      </Panel>
    )
  }
  const { comparison, models, shown } = found
  return (
    <Panel
      title={TITLE}
      note={describePool(poolText(chosen[0]), comparison)}
      actions={
        <ComparisonControls
          workspace={workspace.slug}
          month={month}
          pool={chosen[0].id}
          pools={[...pools.values()].map(([first]) => ({ value: String(first.id), label: poolText(first) }))}
          chosen={shown}
          models={models}
        />
      }
      flush
    >
      {comparison.tokens === '0' ? (
        <EmptyState title="Nothing to compare yet">The pool served no tokens in this month.</EmptyState>
      ) : (
        <DataTable
          caption={TITLE}
          columns={columnsOf(comparison)}
          rows={comparison.alternatives}
          rowKey={placeText}
          currency={CURRENCY}
          timeZone={workspace.timeZone}
          empty={<EmptyState title="No model chosen">Choose a model above to set the pool against.</EmptyState>}
        />
      )}
    </Panel>
  )
}

async function readOrExplain(
  pool: readonly [FixedCost, ...FixedCost[]],
  scope: Scope,
  month: string,
  now: Date,
  asked: readonly string[],
): Promise<{ comparison: PoolComparison; models: string[]; shown: string[] } | AppError> {
  try {
    const { all, usual } = await readAlternatives(pool[0], scope, month, now)
    const known = new Map([...all, ...usual].map((place) => [placeText(place), place]))
    const wanted = [...new Set(asked)].flatMap((name) => known.get(name) ?? []).slice(0, MOST_ALTERNATIVES)
    const alternatives = wanted.length > 0 ? wanted : usual
    return {
      comparison: await comparePool(pool, alternatives, scope, month, now),
      models: [...known.keys()].sort(),
      shown: alternatives.map(placeText),
    }
  } catch (error) {
    if (error instanceof AppError) return error
    throw error
  }
}

function describePool(name: string, { perMillionTokens, utilisation }: PoolComparison): string {
  const cost =
    perMillionTokens === null ? 'no tokens served' : `${formatMoney(perMillionTokens, CURRENCY)} per 1M tokens`
  return `${name} · ${cost} · ${utilisation === null ? 'no capacity entered' : `${formatRatio(utilisation)} of capacity used`}`
}

/** Where the pool breaks even, in words where a percentage would mislead. */
function utilisationText({ breakEven, unpricedTokens }: AlternativeCost): string {
  if (breakEven === null) return unpricedTokens === '0' ? 'not known' : 'not known: not all is priced'
  if (breakEven.kind === 'never') return 'never: its tokens alone cost as much'
  if (breakEven.utilisation === null) return 'no capacity entered'
  if (compareDecimals(breakEven.utilisation, '1') <= 0) return formatRatio(breakEven.utilisation)
  return `beyond capacity: ${formatFactor(breakEven.utilisation)} of it`
}

function columnsOf({ charge, usage }: PoolComparison): DataColumn<AlternativeCost>[] {
  const poolCost = addDecimals([charge, usage])
  return [
    { key: 'model', header: 'Model', kind: 'text', value: placeText },
    {
      key: 'cost',
      header: 'This usage there',
      definition:
        'The usage of the pool in this month, each token class at the list price of this model in the standard tier, at each attempt’s instant.',
      kind: 'money',
      value: ({ cost }) => cost,
      nullReason: 'The list has no price for it in this month',
    },
    {
      key: 'perMillion',
      header: 'Per 1M tokens',
      definition: 'This usage there ÷ its tokens × 1,000,000.',
      kind: 'money',
      value: ({ perMillionTokens }) => perMillionTokens,
      nullReason: 'The list has no price for it in this month',
    },
    {
      key: 'difference',
      header: 'Pool − there',
      definition:
        'Charge of the month, and what the usage of the pool itself cost, − this usage there. Below 0 the pool is cheaper.',
      kind: 'money',
      value: ({ cost, unpricedTokens }) =>
        cost === null || unpricedTokens !== '0' ? null : subtractDecimals(poolCost, cost),
      nullReason: 'Not all of the usage has a list price',
    },
    {
      key: 'breakEvenTokens',
      header: 'Break-even tokens',
      definition:
        'Tokens of the same mix in a month at which the pool costs as much per token: charge × tokens ÷ (this usage there − what the pool’s usage cost).',
      kind: 'count',
      value: ({ breakEven }) => (breakEven?.kind === 'at' ? breakEven.tokens : null),
      nullReason: 'No number of tokens, or not all of the usage has a list price',
    },
    {
      key: 'breakEvenUtilisation',
      header: 'Break-even utilisation',
      definition: 'Break-even tokens as a share of the capacity; use of the capacity grows as tokens do.',
      kind: 'text',
      align: 'right',
      value: utilisationText,
    },
    {
      key: 'unpriced',
      header: 'Unpriced',
      definition: 'Tokens of the pool’s usage that this model has no list price for; never taken as $0.',
      kind: 'text',
      align: 'right',
      value: ({ unpricedTokens }) => (unpricedTokens === '0' ? 'none' : `${formatCompactCount(unpricedTokens)} tokens`),
      cell: ({ unpricedTokens }) => (
        <span title={`${formatCount(unpricedTokens)} tokens`}>
          {unpricedTokens === '0' ? 'none' : `${formatCompactCount(unpricedTokens)} tokens`}
        </span>
      ),
    },
  ]
}
