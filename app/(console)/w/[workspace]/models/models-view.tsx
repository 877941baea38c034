'use client'

import Link from 'next/link'
import { useRouter } from 'next/navigation'
import { filteredHref } from '@/app/(console)/links'
import { textOf } from '@/app/(console)/measure-columns'
import type { PageProps } from '@/app/(console)/page-props'
import { useAnswers } from '@/app/(console)/use-answers'
import { Headline } from '@/app/(console)/w/[workspace]/headline'
import { aliasHref, pricesHref, revokeHref } from '@/app/(console)/w/[workspace]/models/model-links'
import type { modelQuestions } from '@/app/(console)/w/[workspace]/models/questions'
import { PageFrame } from '@/app/(console)/w/[workspace]/page-frame'
import { ScenarioTitle } from '@/components/shell/scenario-mark'
import { type DataColumn, DataTable } from '@/components/tables/data-table'
import { Badge } from '@/components/ui/badge'
import { buttonClassName } from '@/components/ui/button'
import { Panel } from '@/components/ui/panel'
import { EmptyState, ErrorState } from '@/components/ui/states'
import type { StoredAlias } from '@/db/postgres/queries/model-aliases'
import type { Catalogue, CatalogueModel, PriceInForce, UnknownModel } from '@/lib/catalogue/read-catalogue'
import { formatCount, formatDate, formatMoney } from '@/lib/format'
import { multiplyDecimals } from '@/lib/money'

type View = PageProps<ReturnType<typeof modelQuestions>> & {
  catalogue: Catalogue | { error: string }
  aliases: StoredAlias[] | { error: string }
  mayEdit: boolean
}

const LINK = 'text-accent underline underline-offset-2'
const MOST_NAMED = 3

/** Every model as it is normalised, by which names it was called, and those that have no price. */
export function ModelsView(props: View) {
  const { workspace, view, questions, nowIso } = props
  const answer = useAnswers(workspace.slug, questions)
  const totals = answer('totals')
  return (
    <PageFrame
      page="models"
      workspace={workspace}
      view={view}
      nowIso={nowIso}
      main={totals}
      everything={answer('everything')}
      attemptsInScope={totals.data ? textOf(totals.data.totals, 'attempts') : null}
      omit={['grain', 'compare']}
    >
      <Headline measures={['spend', 'unpricedTokens', 'unknownModelRatio', 'pricingCoverage']} answer={totals} />
      <Unknown {...props} />
      <Models {...props} />
      <Aliases {...props} />
    </PageFrame>
  )
}

function Unknown({ workspace, view, catalogue, mayEdit }: View) {
  const title = 'Unknown models'
  const rows = 'error' in catalogue ? [] : catalogue.unknown
  const { slug, timeZone, currency } = workspace
  return (
    <Panel
      id="unknown"
      title={title}
      note={`sent, but without a price; by unpriced tokens${view.scenario === null ? '' : '; as it was, not under the scenario'}`}
      flush={rows.length > 0}
    >
      {'error' in catalogue ? (
        <Failed title={title}>{catalogue.error}</Failed>
      ) : rows.length === 0 ? (
        <EmptyState title="Every model has a price">
          All models that were called in this scope are in the price book.
        </EmptyState>
      ) : (
        <ul aria-label={title} className="divide-line border-line divide-y border-t">
          {rows.map((row) => (
            <li
              key={`${row.rawProvider}/${row.rawModel}`}
              className="grid gap-x-8 gap-y-3 px-4 py-3 lg:grid-cols-[1fr_1fr_auto]"
            >
              <div className="min-w-0">
                <h3 className="font-medium break-all">
                  <Link
                    href={filteredHref(
                      slug,
                      'requests',
                      view,
                      ['rawProvider', row.rawProvider],
                      ['rawModel', row.rawModel],
                    )}
                    className="hover:underline"
                  >
                    {row.rawModel}
                  </Link>
                </h3>
                <p className="text-ink-muted">
                  {row.rawProvider}
                  {row.firstSeenIso && `, since ${formatDate(row.firstSeenIso, timeZone)}`}
                  {row.lastSeenIso && `, last ${formatDate(row.lastSeenIso, timeZone)}`}
                </p>
                <p className="text-ink-muted">{senders(row)}</p>
              </div>
              <dl className="grid grid-cols-[auto_1fr] content-start gap-x-3">
                <dt className="text-ink-muted">Unpriced tokens</dt>
                <dd className="tabular-nums">{formatCount(row.unpricedTokens)}</dd>
                <dt className="text-ink-muted">Attempts</dt>
                <dd className="tabular-nums">{formatCount(row.attempts)}</dd>
                <dt className="text-ink-muted">May have cost</dt>
                <dd className="tabular-nums">{imputedText(row, currency)}</dd>
              </dl>
              <div className="flex flex-col gap-2 lg:w-72">
                <Candidates row={row} slug={slug} mayEdit={mayEdit} />
                {mayEdit && (
                  <div className="flex flex-wrap gap-2">
                    <Link
                      href={aliasHref(slug, { rawProvider: row.rawProvider, rawModel: row.rawModel })}
                      className={buttonClassName('secondary')}
                      aria-label={`Name ${row.rawModel}`}
                    >
                      Name it
                    </Link>
                    <Link
                      href={pricesHref(slug, row, true)}
                      className={buttonClassName('secondary')}
                      aria-label={`Price ${row.rawModel}`}
                    >
                      Add a price
                    </Link>
                  </div>
                )}
              </div>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  )
}

function senders({ endpoints, users }: UnknownModel): string {
  const named = endpoints.slice(0, MOST_NAMED).map((endpoint) => endpoint ?? 'unattributed')
  const more = endpoints.length - named.length
  const places = `${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}`
  const people = users === '0' ? 'no known user' : users === '1' ? '1 user' : `${formatCount(users)} users`
  return `From ${places}; ${people}`
}

function imputedText({ imputed }: UnknownModel, currency: string): string {
  if (!imputed) return 'not known'
  const { low, high } = imputed
  return low === high ? formatMoney(high, currency) : `${formatMoney(low, currency)} to ${formatMoney(high, currency)}`
}

function Candidates({ row, slug, mayEdit }: { row: UnknownModel; slug: string; mayEdit: boolean }) {
  if (row.candidates.length === 0) return <p className="text-ink-muted">No model with a price has a name like it.</p>
  return (
    <div>
      <p className="text-ink-muted text-xs" title="By likeness of the names; nothing is named by it.">
        Names like it
      </p>
      <ul aria-label={`Candidates for ${row.rawModel}`} className="flex flex-wrap gap-x-3">
        {row.candidates.map(({ provider, model, score }) => (
          <li key={`${provider}/${model}`} title={`${Math.round(score * 100)} % alike`}>
            {mayEdit ? (
              <Link
                href={aliasHref(slug, { rawProvider: row.rawProvider, rawModel: row.rawModel, provider, model })}
                className={LINK}
              >
                {provider}/{model}
              </Link>
            ) : (
              `${provider}/${model}`
            )}
          </li>
        ))}
      </ul>
    </div>
  )
}

function Models({ workspace, view, catalogue }: View) {
  const title = 'Catalogue'
  const { slug, timeZone, currency } = workspace
  if ('error' in catalogue) {
    return (
      <Panel title={title}>
        <Failed title={title}>{catalogue.error}</Failed>
      </Panel>
    )
  }
  const columns: DataColumn<CatalogueModel>[] = [
    {
      key: 'model',
      header: 'Model',
      kind: 'text',
      value: ({ model }) => model,
      href: ({ provider, model }) => filteredHref(slug, 'requests', view, ['provider', provider], ['model', model]),
    },
    { key: 'provider', header: 'Provider', kind: 'text', value: ({ provider }) => provider },
    {
      key: 'price',
      header: 'Price in force',
      definition: 'Input and output per 1M tokens of the standard tier, now.',
      kind: 'text',
      value: ({ price }) => (price ? priceText(price, currency) : 'no price'),
      href: (row) => pricesHref(slug, row),
      cell: ({ price }) => (price ? priceText(price, currency) : <Badge tone="warn">no price</Badge>),
    },
    {
      key: 'since',
      header: 'Since',
      definition: 'From when that price holds.',
      kind: 'text',
      value: ({ price }) => (price === null ? null : price.sinceIso ? formatDate(price.sinceIso, timeZone) : 'always'),
      nullText: '–',
      nullReason: 'There is no price',
    },
    {
      key: 'spend',
      header: 'Spend',
      kind: 'money',
      value: ({ spend }) => spend,
      nullReason: 'Nothing here has a price',
    },
    { key: 'tokens', header: 'Tokens', kind: 'count', value: ({ totalTokens }) => totalTokens },
    {
      key: 'unpriced',
      header: 'Unpriced tokens',
      definition: 'Tokens of attempts without any cost.',
      kind: 'count',
      value: ({ unpricedTokens }) => unpricedTokens,
    },
    { key: 'attempts', header: 'Attempts', kind: 'count', value: ({ attempts }) => attempts },
    {
      key: 'names',
      header: 'Sent as',
      definition: 'Every name under which it was ever called, in any environment and data mode.',
      kind: 'text',
      value: ({ names }) => names.map(({ rawProvider, rawModel }) => `${rawProvider}/${rawModel}`).join('\n'),
      cell: ({ names }) => (
        <span className="block truncate">{[...new Set(names.map(({ rawModel }) => rawModel))].join(', ')}</span>
      ),
    },
    { key: 'first', header: 'First seen', kind: 'date', value: ({ firstSeenIso }) => firstSeenIso },
    { key: 'last', header: 'Last seen', kind: 'date', value: ({ lastSeenIso }) => lastSeenIso },
  ]
  return (
    <Panel
      title={view.scenario === null ? title : <ScenarioTitle title={title} />}
      note="as normalised; usage in this scope, names and dates ever"
      flush
    >
      <DataTable
        caption={title}
        columns={columns}
        rows={catalogue.models}
        rowKey={({ provider, model }) => `${provider}/${model}`}
        currency={currency}
        timeZone={timeZone}
        empty={<EmptyState title="No model yet">Models appear here with the first event that names one.</EmptyState>}
      />
    </Panel>
  )
}

function priceText({ input, output }: PriceInForce, currency: string): string {
  const each = (price: string | null, of: string) =>
    price === null ? [] : [`${formatMoney(multiplyDecimals(price, '1000000'), currency)} ${of}`]
  const parts = [...each(input, 'in'), ...each(output, 'out')]
  return parts.length > 0 ? parts.join(' · ') : 'other units'
}

function Aliases({ workspace, aliases, mayEdit }: View) {
  const title = 'Aliases'
  const { slug, timeZone, currency } = workspace
  if ('error' in aliases) {
    return (
      <Panel title={title}>
        <Failed title={title}>{aliases.error}</Failed>
      </Panel>
    )
  }
  const columns: DataColumn<StoredAlias>[] = [
    { key: 'raw', header: 'Sent as', kind: 'text', value: ({ rawProvider, rawModel }) => `${rawProvider}/${rawModel}` },
    { key: 'name', header: 'Stands for', kind: 'text', value: ({ provider, model }) => `${provider}/${model}` },
    {
      key: 'dates',
      header: 'Holds',
      kind: 'text',
      value: ({ effectiveFrom, effectiveTo }) => {
        if (!effectiveFrom && !effectiveTo) return 'always'
        const from = effectiveFrom ? `from ${formatDate(effectiveFrom, timeZone)}` : ''
        return `${from}${effectiveTo ? ` until ${formatDate(effectiveTo, timeZone)}` : ''}`.trim()
      },
    },
    {
      key: 'where',
      header: 'Where',
      kind: 'text',
      value: ({ workspaceId }) => (workspaceId === null ? 'everywhere' : 'here'),
    },
    { key: 'author', header: 'By', kind: 'text', value: ({ authorName }) => authorName },
    { key: 'reason', header: 'Reason', kind: 'text', value: ({ reason }) => reason },
    { key: 'created', header: 'Added', kind: 'date', value: ({ createdAt }) => new Date(createdAt).toISOString() },
    {
      key: 'state',
      header: 'State',
      kind: 'text',
      value: ({ revokedAt, revokedReason, revokedByName }) =>
        revokedAt ? `revoked by ${revokedByName ?? 'somebody'}: ${revokedReason ?? ''}` : 'in force',
      cell: ({ id, rawModel, revokedAt }) =>
        revokedAt ? (
          <Badge>revoked</Badge>
        ) : mayEdit ? (
          <Link href={revokeHref(slug, id)} className={LINK} aria-label={`Revoke the alias of ${rawModel}`}>
            Revoke
          </Link>
        ) : (
          <Badge tone="good">in force</Badge>
        ),
    },
  ]
  return (
    <Panel id="aliases" title={title} note="what a name that is sent stands for" flush>
      <DataTable
        caption={title}
        columns={columns}
        rows={aliases}
        rowKey={({ id }) => String(id)}
        currency={currency}
        timeZone={timeZone}
        empty={
          <EmptyState title="No alias yet">
            An alias says which model a deployment or a private name stands for; history follows at once.
          </EmptyState>
        }
      />
    </Panel>
  )
}

function Failed({ title, children }: { title: string; children: string }) {
  const router = useRouter()
  return (
    <ErrorState title={`${title} could not be loaded`} onRetry={() => router.refresh()}>
      {children}
    </ErrorState>
  )
}
