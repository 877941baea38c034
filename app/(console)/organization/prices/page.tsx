import { ExchangeRates } from '@/app/(console)/organization/prices/exchange-rates'
import { UploadList } from '@/app/(console)/organization/prices/upload-list'
import { PageHeader } from '@/components/shell/page-header'
import { Panel } from '@/components/ui/panel'
import { listRates } from '@/db/postgres/queries/exchange-rates'
import { requireOrganizationAdmin } from '@/lib/auth/require-permission'
import { formatCount, formatDateTime } from '@/lib/format'
import { readListFacts } from '@/lib/pricing/manage-price-list'

export const metadata = { title: 'Price list · Farthing' }

const MOST_RATES = 500

/** The public list that every workspace is priced by where no contract says otherwise. */
export default async function PriceListPage() {
  await requireOrganizationAdmin('/organization/prices')
  const [facts, rates] = await Promise.all([readListFacts(), listRates(MOST_RATES)])
  return (
    <>
      <PageHeader
        title="Price list"
        scope={[
          { label: 'Scope', value: 'all workspaces' },
          { label: 'Currency', value: 'USD' },
        ]}
      />
      <Panel title="In force">
        {facts === null ? (
          <p>No list is stored yet. It is brought into force as Farthing starts.</p>
        ) : (
          <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1">
            <dt className="text-ink-muted">List</dt>
            <dd>
              <a
                href="https://github.com/pydantic/genai-prices"
                className="text-accent underline underline-offset-2"
                rel="noreferrer"
              >
                {facts.source}
              </a>
            </dd>
            <dt className="text-ink-muted">Version</dt>
            <dd>
              <code>{facts.version}</code>
            </dd>
            <dt className="text-ink-muted">Loaded</dt>
            <dd>{formatDateTime(facts.loadedAt, 'UTC')} UTC</dd>
            <dt className="text-ink-muted">Prices</dt>
            <dd>{formatCount(facts.prices)}</dd>
          </dl>
        )}
      </Panel>
      <Panel title="Upload a list" note="you see what it changes before it does">
        <UploadList />
      </Panel>
      <ExchangeRates rates={rates} most={MOST_RATES} />
    </>
  )
}
