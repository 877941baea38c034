import {
  describeBand,
  describeBorder,
  describeHours,
  describePrices,
  describeTiers,
  describeVolume,
} from '@/app/(console)/w/[workspace]/prices/price-text'
import { UndoContract } from '@/app/(console)/w/[workspace]/prices/undo-contract'
import { type DataColumn, DataTable } from '@/components/tables/data-table'
import { Badge } from '@/components/ui/badge'
import { EmptyState } from '@/components/ui/states'
import type { StoredContract } from '@/db/postgres/queries/contract-prices'
import { formatDateTime } from '@/lib/format'
import { trimDecimal } from '@/lib/money'

/** Contract prices with all that was ever said of them. */
export function ContractTable({
  contracts,
  workspace,
  mayEdit,
  isOrganizationAdmin,
  now,
}: {
  contracts: StoredContract[]
  workspace: { slug: string; timeZone: string }
  mayEdit: boolean
  isOrganizationAdmin: boolean
  now: Date
}) {
  const mayUndo = (contract: StoredContract) =>
    mayEdit && contract.revokedAt === null && (contract.workspaceId !== null || isOrganizationAdmin)
  const columns: DataColumn<StoredContract>[] = [
    { key: 'id', header: 'Contract', kind: 'text', value: ({ id }) => `Contract ${id}` },
    {
      key: 'state',
      header: 'State',
      kind: 'text',
      value: (contract) => stateOf(contract, now).label,
      cell: (contract) => {
        const { label, tone } = stateOf(contract, now)
        return <Badge tone={tone}>{label}</Badge>
      },
    },
    ...(mayEdit
      ? [
          {
            key: 'actions',
            header: 'Actions',
            kind: 'text',
            value: () => '',
            cell: (contract) =>
              mayUndo(contract) ? <UndoContract workspace={workspace.slug} contract={contract.id} /> : null,
          } satisfies DataColumn<StoredContract>,
        ]
      : []),
    { key: 'model', header: 'Model', kind: 'text', value: ({ provider, model }) => `${provider}/${model}` },
    {
      key: 'terms',
      header: 'Terms',
      definition: 'Per 1M tokens, in USD or in the currency that was agreed.',
      kind: 'text',
      value: (contract) => describeTerms(contract, now),
      cell: (contract) => {
        const terms = describeTerms(contract, now)
        if (contract.volumeTiers) return <span className="block min-w-60 py-1.5 whitespace-normal">{terms}</span>
        return (
          <span className="block truncate" title={terms}>
            {terms}
          </span>
        )
      },
    },
    { key: 'where', header: 'Where', kind: 'text', value: describePlace },
    {
      key: 'scope',
      header: 'Holds for',
      kind: 'text',
      value: ({ workspaceId }) => (workspaceId === null ? 'the organisation' : 'this workspace'),
    },
    {
      key: 'from',
      header: 'From',
      kind: 'text',
      value: ({ effectiveFrom }) => describeBorder(effectiveFrom),
      nullText: 'always',
    },
    {
      key: 'to',
      header: 'Until',
      kind: 'text',
      value: ({ effectiveTo }) => describeBorder(effectiveTo),
      nullText: 'open',
    },
    { key: 'reason', header: 'Why', kind: 'text', value: ({ reason }) => reason },
    { key: 'author', header: 'By', kind: 'text', value: ({ authorName }) => authorName },
    { key: 'created', header: 'Added', kind: 'date', value: ({ createdAt }) => createdAt.toISOString() },
    {
      key: 'revoked',
      header: 'Undone',
      kind: 'text',
      value: ({ revokedAt, revokedByName, revokedReason }) =>
        revokedAt &&
        `${formatDateTime(revokedAt, workspace.timeZone)} by ${revokedByName ?? 'somebody'}: ${revokedReason ?? 'no reason'}`,
      nullText: 'no',
    },
  ]
  return (
    <DataTable
      caption="Contract prices"
      columns={columns}
      rows={contracts}
      rowKey={({ id }) => String(id)}
      currency="USD"
      timeZone={workspace.timeZone}
      empty={
        <EmptyState title="No contract price">
          {mayEdit
            ? 'Attempts are priced by the public list. Add what you have agreed to pay, or a price that the list lacks.'
            : 'Attempts are priced by the public list. An editor of this workspace may add what was agreed.'}
        </EmptyState>
      }
    />
  )
}

function stateOf({ revokedAt, effectiveFrom, effectiveTo }: StoredContract, now: Date) {
  if (revokedAt !== null) return { label: 'undone', tone: 'neutral' } as const
  if (effectiveTo !== null && effectiveTo <= now) return { label: 'ended', tone: 'neutral' } as const
  if (effectiveFrom !== null && effectiveFrom > now) return { label: 'not yet', tone: 'accent' } as const
  return { label: 'in force', tone: 'good' } as const
}

function describePlace(contract: StoredContract): string {
  const { serviceTier, region, contextBand } = contract
  return [serviceTier, region, describeBand(contextBand), describeHours(contract)]
    .filter((part) => part !== null)
    .join(', ')
}

function describeTerms(contract: StoredContract, now: Date): string {
  const { unitPrices, discountPercent, volumeTiers, volumeMonths, given } = contract
  if (discountPercent !== null) return `${trimDecimal(discountPercent)}% off the list`
  if (volumeTiers !== null) {
    const agreed = given?.volumeTiers
      ? `${describeTiers(given.volumeTiers, given.currency)} (× ${given.rateToUsd} USD, rate of ${given.rateDay})`
      : describeTiers(volumeTiers)
    const isInForce = stateOf(contract, now).label === 'in force'
    return `By month: ${agreed}${isInForce ? `; ${describeVolume(volumeTiers, volumeMonths ?? [], now)}` : ''}`
  }
  if (given !== null) {
    const { currency, rateToUsd, rateDay } = given
    return `${describePrices(given.unitPrices, currency)} (× ${rateToUsd} USD, rate of ${rateDay})`
  }
  return describePrices(unitPrices ?? {})
}
