import { settingsHref } from '@/app/(console)/settings-pages'
import { acknowledgeAction } from '@/app/(console)/w/[workspace]/alerts/actions'
import { AlertMarks, AlertStateBadge } from '@/app/(console)/w/[workspace]/alerts/alert-badges'
import { ConfirmAction } from '@/components/settings/confirm-action'
import { SubNavigation } from '@/components/settings/sub-navigation'
import { PageHeader } from '@/components/shell/page-header'
import { type DataColumn, DataTable } from '@/components/tables/data-table'
import { Button, ButtonLink } from '@/components/ui/button'
import { Panel } from '@/components/ui/panel'
import { Select } from '@/components/ui/select'
import { EmptyState } from '@/components/ui/states'
import { ALERT_SEVERITIES } from '@/lib/alerts/alert-facts'
import { ALERT_SOURCES, type AlertSearch, formatAlertSearch, parseAlertSearch } from '@/lib/alerts/alert-search'
import { type Alert, listAlerts } from '@/lib/alerts/list-alerts'
import { requirePermission } from '@/lib/auth/require-permission'

export const metadata = { title: 'Alerts · Farthing' }

type Props = {
  params: Promise<{ workspace: string }>
  searchParams: Promise<Record<string, string | string[] | undefined>>
}

const OPEN = ['firing', 'acknowledged', 'snoozed'] as const

/** The inbox: what fires, what somebody has taken on, what is over. */
export default async function AlertsPage({ params, searchParams }: Props) {
  const { workspace: slug } = await params
  const search = parseAlertSearch(await searchParams)
  const path = `/w/${encodeURIComponent(slug)}/alerts`
  const { workspace, person } = await requirePermission(slug, 'view', `${path}${formatAlertSearch(search)}`)
  const { alerts, nextBefore, counts } = await listAlerts(person, slug, search)
  const open = counts.firing + counts.acknowledged + counts.snoozed
  const tab = (label: string, count: number, states: AlertSearch['states']) => ({
    href: `${path}${formatAlertSearch({ ...search, states, before: null })}`,
    label: `${label} (${count})`,
    here: states.join() === search.states.join(),
  })
  const tabs = [
    tab('Open', open, OPEN),
    tab('Firing', counts.firing, ['firing']),
    tab('Acknowledged', counts.acknowledged, ['acknowledged']),
    tab('Snoozed', counts.snoozed, ['snoozed']),
    tab('Resolved', counts.resolved, ['resolved']),
    tab('All', open + counts.resolved, []),
  ]
  const isNarrowed = search.severity !== null || search.source !== null
  return (
    <>
      <PageHeader
        title="Alerts"
        scope={[
          { label: 'Workspace', value: workspace.name },
          { label: 'Time zone', value: workspace.timeZone },
        ]}
        actions={
          <>
            <ButtonLink href={`${path}/rules`}>Rules</ButtonLink>
            <ButtonLink href={settingsHref(workspace.slug, 'alerting')}>Alerting settings</ButtonLink>
          </>
        }
      />
      <SubNavigation label="Alerts by state" pages={tabs} />
      <form action={path} aria-label="Narrow the alerts" className="flex flex-wrap items-center gap-2">
        {search.states.length !== OPEN.length && <input type="hidden" name="state" value={search.states[0] ?? 'all'} />}
        <Select
          label="Severity"
          name="severity"
          defaultValue={search.severity ?? ''}
          options={[
            { value: '', label: 'Any severity' },
            ...ALERT_SEVERITIES.map((value) => ({ value, label: value })),
          ]}
        />
        <Select
          label="Source"
          name="source"
          defaultValue={search.source ?? ''}
          options={[{ value: '', label: 'Any source' }, ...ALERT_SOURCES.map((value) => ({ value, label: value }))]}
        />
        <Button type="submit">Show</Button>
        {isNarrowed && (
          <ButtonLink
            variant="quiet"
            href={`${path}${formatAlertSearch({ ...search, severity: null, source: null, before: null })}`}
          >
            Clear
          </ButtonLink>
        )}
      </form>
      <Panel title="Inbox" note="newest first" flush>
        <DataTable
          caption="Alerts"
          columns={columnsOf(workspace.slug)}
          rows={alerts}
          rowKey={(row) => String(row.id)}
          currency={workspace.currency}
          timeZone={workspace.timeZone}
          maxHeight="none"
          empty={
            <EmptyState
              title={isNarrowed ? 'No alert like this' : 'No alert here'}
              action={{ label: 'See who would be told', href: settingsHref(workspace.slug, 'alerting') }}
            >
              {isNarrowed
                ? 'Show any severity and source, or choose another state.'
                : 'When a budget threshold or a rule is crossed, it is listed here. A drill shows whether everybody is reached.'}
            </EmptyState>
          }
        />
        {(nextBefore !== null || search.before !== null) && (
          <nav aria-label="Pages of alerts" className="border-line flex justify-between border-t px-4 py-2">
            {search.before === null ? (
              <span />
            ) : (
              <ButtonLink href={`${path}${formatAlertSearch({ ...search, before: null })}`}>Newest</ButtonLink>
            )}
            {nextBefore !== null && (
              <ButtonLink href={`${path}${formatAlertSearch({ ...search, before: nextBefore })}`}>Older</ButtonLink>
            )}
          </nav>
        )}
      </Panel>
    </>
  )
}

function columnsOf(slug: string): DataColumn<Alert>[] {
  return [
    {
      key: 'title',
      header: 'Alert',
      kind: 'text',
      value: ({ facts }) => facts.title,
      href: ({ id }) => `/w/${encodeURIComponent(slug)}/alerts/${id}`,
    },
    {
      key: 'state',
      header: 'State',
      kind: 'text',
      value: ({ state }) => state,
      cell: ({ state }) => <AlertStateBadge state={state} />,
    },
    {
      key: 'severity',
      header: 'Severity',
      kind: 'text',
      value: ({ severity }) => severity,
      cell: (row) => <AlertMarks alert={row} />,
    },
    { key: 'crossed', header: 'What', kind: 'text', value: ({ facts }) => facts.crossed },
    { key: 'scope', header: 'Scope', kind: 'text', value: ({ facts }) => facts.scope },
    { key: 'firedAt', header: 'Fired', kind: 'date', value: ({ firedAt }) => firedAt.toISOString() },
    {
      key: 'acknowledgedBy',
      header: 'Acknowledged by',
      kind: 'text',
      value: ({ acknowledgedBy }) => acknowledgedBy,
      nullText: 'nobody',
    },
    {
      key: 'actions',
      header: 'Actions',
      kind: 'text',
      align: 'right',
      value: () => '',
      cell: ({ id, state, facts }) =>
        state === 'firing' || state === 'snoozed' ? (
          <ConfirmAction
            label="Acknowledge"
            accessibleLabel={`Acknowledge ${facts.title}`}
            title="Acknowledge this alert?"
            variant="secondary"
            action={acknowledgeAction}
            fields={{ workspace: slug, alert: String(id) }}
          >
            You take it on: the escalation stops and nobody else is told.
          </ConfirmAction>
        ) : null,
    },
  ]
}
