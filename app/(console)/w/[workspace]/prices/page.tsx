import { AddContract } from '@/app/(console)/w/[workspace]/prices/add-contract'
import { ContractTable } from '@/app/(console)/w/[workspace]/prices/contract-table'
import { PriceTable } from '@/app/(console)/w/[workspace]/prices/price-table'
import { PageHeader } from '@/components/shell/page-header'
import { Button, ButtonLink } from '@/components/ui/button'
import { Input } from '@/components/ui/input'
import { Panel } from '@/components/ui/panel'
import { Select } from '@/components/ui/select'
import { ErrorState } from '@/components/ui/states'
import { mayDo } from '@/lib/auth/permissions'
import { requirePermission } from '@/lib/auth/require-permission'
import { AppError } from '@/lib/errors'
import { SERVICE_TIERS } from '@/lib/events/event-names'
import { formatCount } from '@/lib/format'
import { scopeForWorkspace } from '@/lib/metrics/scope'
import type { SearchParams } from '@/lib/metrics/url-state'
import type { ListFacts } from '@/lib/pricing/manage-price-list'
import { type PriceSearch, parsePriceSearch } from '@/lib/pricing/price-search'
import { readShownPrices, type ShownPrices } from '@/lib/pricing/read-shown-prices'

export const metadata = { title: 'Prices · Farthing' }

type Props = { params: Promise<{ workspace: string }>; searchParams: Promise<SearchParams> }
type Access = Awaited<ReturnType<typeof requirePermission>>

/** More rows than anybody reads; a search narrows them. */
const MAX_SHOWN = 1_000

/** What attempts of this workspace cost per token, who said so, and since when. */
export default async function PricesPage({ params, searchParams }: Props) {
  const { workspace: slug } = await params
  const path = `/w/${encodeURIComponent(slug)}/prices`
  const access = await requirePermission(slug, 'view', path)
  const search = parsePriceSearch(await searchParams)
  const read = await readOrExplain(access, search)
  const mayEdit = mayDo(access.role, 'editPrices') && access.workspace.archivedAt === null
  return (
    <>
      <PageHeader
        title="Prices"
        scope={[
          { label: 'Workspace', value: access.workspace.name },
          ...(read instanceof AppError || !read.list ? [] : [{ label: 'Public list', value: describeList(read.list) }]),
          { label: 'Validity', value: 'days in UTC' },
          { label: 'Currency', value: 'USD' },
        ]}
        actions={
          mayEdit && !(read instanceof AppError) ? (
            <AddContract
              workspace={access.workspace.slug}
              isOrganizationAdmin={access.isOrganizationAdmin}
              providers={[...new Set(read.used.map(({ provider }) => provider))]}
              models={[...new Set(read.used.map(({ model }) => model))]}
              currencies={['USD', ...read.currencies]}
            />
          ) : undefined
        }
      />
      {read instanceof AppError ? (
        <Panel title="Prices">
          <ErrorState title="The prices could not be loaded" action={{ label: 'Try again', href: path }}>
            {read.message}
          </ErrorState>
        </Panel>
      ) : (
        <Tables access={access} search={search} read={read} path={path} mayEdit={mayEdit} />
      )}
    </>
  )
}

function describeList({ source, loadedAt }: ListFacts): string {
  return `${source} since ${loadedAt.toISOString().slice(0, 10)}`
}

async function readOrExplain({ workspace }: Access, search: PriceSearch): Promise<ShownPrices | AppError> {
  try {
    return await readShownPrices(workspace.id, await scopeForWorkspace(workspace), search, new Date())
  } catch (error) {
    if (error instanceof AppError) return error
    throw error
  }
}

function Tables({
  access: { workspace, isOrganizationAdmin },
  search,
  read: { prices, providers, contracts },
  path,
  mayEdit,
}: {
  access: Access
  search: PriceSearch
  read: ShownPrices
  path: string
  mayEdit: boolean
}) {
  const isNarrowed = search.text !== null || search.provider !== null || search.tier !== null || search.origin !== null
  const shown = prices.slice(0, MAX_SHOWN)
  const count = `${formatCount(prices.length)} ${prices.length === 1 ? 'price' : 'prices'}`
  return (
    <>
      <Panel
        title={search.periods === 'now' ? 'Prices in force' : 'Prices of all periods'}
        note={
          shown.length < prices.length
            ? `${formatCount(MAX_SHOWN)} of ${count}: narrow the search to see the others`
            : `${count}, USD per 1M tokens and per 1,000 requests`
        }
        flush
      >
        <SearchForm search={search} providers={providers} path={path} isNarrowed={isNarrowed} />
        <PriceTable
          prices={shown}
          contracts={contracts}
          timeZone={workspace.timeZone}
          withStates={search.periods === 'all'}
          isNarrowed={isNarrowed}
        />
      </Panel>
      <Panel
        id="contracts"
        title="Contract prices"
        note="a workspace’s before the organisation’s before the list; of several the newest"
        flush
      >
        <ContractTable
          contracts={contracts}
          workspace={workspace}
          mayEdit={mayEdit}
          isOrganizationAdmin={isOrganizationAdmin}
          now={new Date()}
        />
      </Panel>
    </>
  )
}

function SearchForm({
  search,
  providers,
  path,
  isNarrowed,
}: {
  search: PriceSearch
  providers: readonly string[]
  path: string
  isNarrowed: boolean
}) {
  const all = (label: string) => ({ value: '', label })
  return (
    <form action={path} className="flex flex-wrap items-center gap-2 px-4 pb-3" aria-label="Search the prices">
      <Input
        name="q"
        aria-label="Model or provider"
        placeholder="Model or provider"
        maxLength={100}
        defaultValue={search.text ?? ''}
        className="w-full sm:w-52"
      />
      <Select
        label="Models"
        name="models"
        defaultValue={search.models}
        options={[
          { value: 'used', label: 'Models in use' },
          { value: 'all', label: 'All models' },
        ]}
      />
      <Select
        label="Periods"
        name="periods"
        defaultValue={search.periods}
        options={[
          { value: 'now', label: 'In force now' },
          { value: 'all', label: 'All periods' },
        ]}
      />
      <Select
        label="Provider"
        name="provider"
        defaultValue={search.provider ?? ''}
        options={[all('Any provider'), ...providers.map((value) => ({ value, label: value }))]}
      />
      <Select
        label="Service tier"
        name="tier"
        defaultValue={search.tier ?? ''}
        options={[all('Any tier'), ...SERVICE_TIERS.map((value) => ({ value, label: value }))]}
      />
      <Select
        label="Set by"
        name="origin"
        defaultValue={search.origin ?? ''}
        options={[
          all('Set by anybody'),
          { value: 'list', label: 'Public list' },
          { value: 'organization', label: 'Organisation' },
          { value: 'workspace', label: 'Workspace' },
        ]}
      />
      <Button type="submit">Show</Button>
      {isNarrowed && (
        <ButtonLink variant="quiet" href={path}>
          Clear
        </ButtonLink>
      )}
    </form>
  )
}
