'use client'

import Link from 'next/link'
import { useRouter } from 'next/navigation'
import { filteredHref, pageHref } from '@/app/(console)/links'
import { dimensionColumn, measureColumn, textOf } from '@/app/(console)/measure-columns'
import type { PageProps, PageWorkspace } from '@/app/(console)/page-props'
import { type Answer, useAnswers } from '@/app/(console)/use-answers'
import { Headline } from '@/app/(console)/w/[workspace]/headline'
import { type healthQuestions, MODEL_HEALTH_MEASURES } from '@/app/(console)/w/[workspace]/health/questions'
import { PageFrame } from '@/app/(console)/w/[workspace]/page-frame'
import { type DataColumn, DataTable } from '@/components/tables/data-table'
import { Badge } from '@/components/ui/badge'
import { Panel } from '@/components/ui/panel'
import { EmptyState, ErrorState, LoadingState } from '@/components/ui/states'
import { formatCount, formatDateTime } from '@/lib/format'
import { FINDING_KINDS } from '@/lib/health/finding-kinds'
import type { FindingSummary, Health } from '@/lib/health/read-health'
import { cellOf } from '@/lib/metrics/result'
import type { ViewState } from '@/lib/metrics/url-state'
import { divideDecimals } from '@/lib/money'

type View = PageProps<ReturnType<typeof healthQuestions>> & { health: Health | { error: string } }

/** How trustworthy the data of a range is: what ingest found odd, what was sent without its attribution, what has no price. */
export function HealthView({ workspace, view, questions, nowIso, health }: View) {
  const answer = useAnswers(workspace.slug, questions)
  const totals = answer('totals')
  return (
    <PageFrame
      page="health"
      workspace={workspace}
      view={view}
      nowIso={nowIso}
      main={totals}
      everything={answer('everything')}
      attemptsInScope={totals.data ? textOf(totals.data.totals, 'attempts') : null}
      omit={['grain', 'compare']}
    >
      <Headline measures={['attempts', 'pricingCoverage', 'unknownModelRatio']} answer={totals} />
      <Findings workspace={workspace} view={view} health={health} />
      <Gaps workspace={workspace} view={view} health={health} answer={answer} />
      <UnknownModels workspace={workspace} view={view} answer={answer('models')} />
    </PageFrame>
  )
}

type Part = { workspace: PageWorkspace; view: ViewState }

function Findings({ workspace, health }: Part & { health: View['health'] }) {
  const router = useRouter()
  const title = 'Findings'
  const note = 'by when they were received; all environments and data modes'
  if ('error' in health) {
    return (
      <Panel title={title} note={note}>
        <ErrorState title="The findings could not be loaded" onRetry={() => router.refresh()}>
          {health.error}
        </ErrorState>
      </Panel>
    )
  }
  if (health.findings.every(({ count }) => count === '0')) {
    return (
      <Panel title={title} note={note}>
        <EmptyState title="Nothing odd was found">
          No conflict, no double reporting, no personal data and no total that does not add up in this range.
        </EmptyState>
      </Panel>
    )
  }
  return (
    <Panel title={title} note={note} flush>
      <ul aria-label={title} className="divide-line border-line divide-y border-t">
        {health.findings.map((finding) => (
          <li key={finding.kind} className="grid gap-x-6 gap-y-1 px-4 py-3 md:grid-cols-[16rem_1fr]">
            <FindingCount finding={finding} timeZone={workspace.timeZone} />
            <div className="max-w-prose">
              <p>{FINDING_KINDS[finding.kind].definition}</p>
              {finding.count !== '0' && (
                <p className="text-ink-muted">
                  <span className="font-medium">Next:</span> {FINDING_KINDS[finding.kind].next}
                </p>
              )}
              {'examples' in finding && <Examples ids={finding.examples} workspace={workspace.slug} />}
            </div>
          </li>
        ))}
      </ul>
    </Panel>
  )
}

function FindingCount({ finding, timeZone }: { finding: Health['findings'][number]; timeZone: string }) {
  const { label, tone } = FINDING_KINDS[finding.kind]
  return (
    <div>
      <h3 className="flex flex-wrap items-center gap-x-2 font-medium">
        {label}
        {finding.count === '0' ? (
          <Badge tone="good">none</Badge>
        ) : (
          <Badge tone={tone}>{formatCount(finding.count)}</Badge>
        )}
      </h3>
      {'lastSeenIso' in finding && (
        <p className="text-ink-muted text-xs">
          {requestsText(finding)}, last {formatDateTime(finding.lastSeenIso, timeZone, { seconds: true })}
        </p>
      )}
    </div>
  )
}

function requestsText({ requests }: FindingSummary): string {
  return requests === '1' ? 'in 1 request' : `in ${formatCount(requests)} requests`
}

function Examples({ ids, workspace }: { ids: readonly string[]; workspace: string }) {
  if (ids.length === 0) return null
  return (
    <p className="text-ink-muted mt-1 flex flex-wrap gap-x-2 text-xs">
      <span>For example</span>
      {ids.map((id) => (
        <code key={id} className="text-ink max-w-full break-all select-all" title={`externalRequestId in ${workspace}`}>
          {id}
        </code>
      ))}
    </p>
  )
}

type Gap = {
  name: string
  definition: string
  next: string
  count: string | null
  of: string | null
  href: string | null
}

function Gaps({
  workspace: { slug },
  view,
  health,
  answer,
}: Part & {
  health: View['health']
  answer: (name: keyof ReturnType<typeof healthQuestions>) => Answer
}) {
  const asked = ['totals', 'everything', 'noEnvironment', 'noDataMode', 'noEndpoint', 'noUser', 'noPrompt'] as const
  const failed = asked.map((name) => answer(name)).find(({ error }) => error !== null)
  const isLoading = asked.some((name) => answer(name).data === null)
  const attemptsOf = (name: (typeof asked)[number]): string | null => {
    const { data } = answer(name)
    return data && textOf(data.totals, 'attempts')
  }
  const gap = (
    name: string,
    asks: (typeof asked)[number],
    of: 'totals' | 'everything',
    href: string,
    definition: string,
    next: string,
  ): Gap => ({ name, definition, next, count: attemptsOf(asks), of: attemptsOf(of), href })
  const lifted = { ...view, environments: ['*'], dataModes: ['*'] }
  const missing = (dimension: 'endpoint' | 'user' | 'promptVersion') =>
    filteredHref(slug, 'requests', view, [dimension, null])
  const gaps: Gap[] = [
    gap(
      'Environment unspecified',
      'noEnvironment',
      'everything',
      pageHref(slug, 'requests', { ...lifted, environments: ['unspecified'] }),
      'Attempts of all environments and data modes that name no environment; never counted as prod.',
      'Send environment, or fix it on the API key.',
    ),
    gap(
      'Data mode unspecified',
      'noDataMode',
      'everything',
      pageHref(slug, 'requests', { ...lifted, dataModes: ['unspecified'] }),
      'Attempts of all environments and data modes that name no data mode; never counted as real.',
      'Send dataMode, or fix it on the API key.',
    ),
    gap(
      'Endpoint unattributed',
      'noEndpoint',
      'totals',
      missing('endpoint'),
      'Attempts in scope without endpointTag.',
      'Send endpointTag: the route or feature that made the call.',
    ),
    gap(
      'User unattributed',
      'noUser',
      'totals',
      missing('user'),
      'Attempts in scope without userId, those whose user retention dropped included.',
      'Send userId as a hash of the tenant or user.',
    ),
    gap(
      'Prompt version unattributed',
      'noPrompt',
      'totals',
      missing('promptVersion'),
      'Attempts in scope without promptVersion.',
      'Send promptVersion, so that a change of the prompt shows in the cost.',
    ),
    {
      name: 'Usage unknown',
      definition: 'Attempts of all environments and data modes without input or output tokens: unpriced, not free.',
      next: 'Send the token counts that the provider answers; streams often need an option for it.',
      count: 'error' in health ? null : health.unknownUsageAttempts,
      of: 'error' in health ? null : health.attempts,
      href: null,
    },
  ]
  return (
    <Panel title="Gaps" note="share of attempts that were sent without it" flush>
      {failed ? (
        <ErrorState title="The gaps could not be loaded" onRetry={failed.retry}>
          {failed.error}
        </ErrorState>
      ) : isLoading ? (
        <LoadingState label="Gaps" shape="rows" rows={6} className="px-4" />
      ) : (
        <DataTable
          caption="Gaps"
          columns={GAP_COLUMNS}
          rows={gaps}
          rowKey={({ name }) => name}
          currency="USD"
          timeZone="UTC"
        />
      )}
    </Panel>
  )
}

const GAP_COLUMNS: DataColumn<Gap>[] = [
  {
    key: 'name',
    header: 'Gap',
    kind: 'text',
    value: ({ name }) => name,
    cell: ({ name, definition }) => (
      <span className="block truncate" title={definition}>
        {name}
      </span>
    ),
  },
  {
    key: 'share',
    header: 'Share',
    definition: 'Attempts with the gap ÷ attempts.',
    kind: 'ratio',
    value: ({ count, of }) => divideDecimals(count, of),
    nullReason: 'There is no attempt in this scope.',
  },
  {
    key: 'count',
    header: 'Attempts',
    kind: 'count',
    value: ({ count }) => count,
    href: ({ href, count }) => (count === '0' ? null : href),
    nullReason: 'This could not be loaded. Reload the page.',
  },
  {
    key: 'next',
    header: 'What to do',
    kind: 'text',
    value: ({ next }) => next,
    cell: ({ next, count }) => <span title={next}>{count === '0' ? 'Nothing' : next}</span>,
  },
]

function UnknownModels({ workspace: { slug }, view, answer }: Part & { answer: Answer }) {
  const title = 'Models without a price'
  const rows = answer.data?.rows.filter((row) => Number(cellOf(row, 'unknownModelRatio') ?? 0) > 0) ?? []
  return (
    <Panel
      title={title}
      note="by tokens; never shown as free"
      flush={rows.length > 0}
      actions={
        rows.length > 0 && (
          <Link href={`${pageHref(slug, 'models', view)}#unknown`} className="text-accent underline underline-offset-2">
            Name or price them
          </Link>
        )
      }
    >
      {answer.error ? (
        <ErrorState title={`${title} could not be loaded`} onRetry={answer.retry}>
          {answer.error}
        </ErrorState>
      ) : !answer.data ? (
        <LoadingState label={title} shape="rows" rows={4} />
      ) : rows.length === 0 ? (
        <EmptyState title="Every model has a price">
          All models in this scope are in the price book. See{' '}
          <Link href={pageHref(slug, 'models', view)} className="text-accent underline underline-offset-2">
            Models
          </Link>{' '}
          for all of them.
        </EmptyState>
      ) : (
        <DataTable
          caption={title}
          columns={[
            dimensionColumn('provider'),
            dimensionColumn('model', (row) =>
              filteredHref(
                slug,
                'requests',
                view,
                ['provider', textOf(row, 'provider')],
                ['model', textOf(row, 'model')],
              ),
            ),
            ...MODEL_HEALTH_MEASURES.map((name) => measureColumn(name)),
          ]}
          rows={rows}
          rowKey={(row) => JSON.stringify([cellOf(row, 'provider'), cellOf(row, 'model')])}
          currency={answer.data.meta.currency}
          timeZone={answer.data.meta.timeZone}
        />
      )}
    </Panel>
  )
}
