import { settingsHref } from '@/app/(console)/settings-pages'
import { DeliveryTable } from '@/app/(console)/w/[workspace]/alerts/delivery-table'
import {
  endSilenceAction,
  endStandInAction,
  removeChannelAction,
  removePathAction,
  retryMessageAction,
  runDrillAction,
  testChannelAction,
} from '@/app/(console)/w/[workspace]/settings/alerting/actions'
import { AddChannel } from '@/app/(console)/w/[workspace]/settings/alerting/add-channel'
import { PathEditor } from '@/app/(console)/w/[workspace]/settings/alerting/path-editor'
import { AddSilence, AddStandIn, QuietTimeForm } from '@/app/(console)/w/[workspace]/settings/alerting/quiet-forms'
import { ConfirmAction } from '@/components/settings/confirm-action'
import { type DataColumn, DataTable } from '@/components/tables/data-table'
import { Badge } from '@/components/ui/badge'
import { Panel } from '@/components/ui/panel'
import { EmptyState, PartialNotice } from '@/components/ui/states'
import { CHANNEL_LABELS } from '@/lib/alerts/channel-settings'
import type { EscalationStep, StepTarget } from '@/lib/alerts/escalation-step'
import { type Alerting, readAlerting } from '@/lib/alerts/read-alerting'
import { writeStepTarget } from '@/lib/alerts/step-target-text'
import { mayDo, ROLES } from '@/lib/auth/permissions'
import { requirePermission } from '@/lib/auth/require-permission'
import { readEnv } from '@/lib/env'
import { formatDateTime } from '@/lib/format'

export const metadata = { title: 'Alerting · Farthing' }

type Place = { slug: string; timeZone: string; currency: string; mayEdit: boolean; mayManage: boolean }

/** Who is told of alerts, by which channels, and when not. */
export default async function AlertingPage({ params }: { params: Promise<{ workspace: string }> }) {
  const { workspace: slug } = await params
  const { role, workspace, person } = await requirePermission(slug, 'view', settingsHref(slug, 'alerting'))
  const alerting = await readAlerting(person, slug, new Date())
  const isInUse = workspace.archivedAt === null
  const place: Place = {
    slug: workspace.slug,
    timeZone: workspace.timeZone,
    currency: workspace.currency,
    mayEdit: isInUse && mayDo(role, 'editAlerts'),
    mayManage: isInUse && mayDo(role, 'manageChannels'),
  }
  return (
    <div className="flex flex-col gap-4">
      <Notices alerting={alerting} hasOwner={workspace.budgetOwnerId !== null} slug={workspace.slug} />
      <Paths alerting={alerting} place={place} />
      <Channels alerting={alerting} place={place} />
      <div className="grid gap-4 lg:grid-cols-2">
        <QuietTime alerting={alerting} place={place} />
        <div className="flex flex-col gap-4">
          <Silences alerting={alerting} place={place} />
          <StandIns alerting={alerting} place={place} />
        </div>
      </div>
      {alerting.unsent.length > 0 && <Unsent alerting={alerting} place={place} />}
      <Panel title="Delivery log" note="the newest 50 attempts" flush>
        <DeliveryTable deliveries={alerting.deliveries} timeZone={place.timeZone} currency={place.currency} />
      </Panel>
    </div>
  )
}

function Notices({ alerting, hasOwner, slug }: { alerting: Alerting; hasOwner: boolean; slug: string }) {
  return (
    <div className="flex flex-wrap gap-2">
      {!hasOwner && (
        <PartialNotice tone="warn" action={{ label: 'Appoint an owner', href: settingsHref(slug, 'owners') }}>
          Nobody answers for the budgets here, so steps that tell the owner tell nobody.
        </PartialNotice>
      )}
      {alerting.paths.length === 0 && (
        <PartialNotice tone="warn">
          There is no escalation path. Until there is one, alerts go to the budget owner, after 30 minutes to the
          backup, after an hour to all owners of the workspace.
        </PartialNotice>
      )}
      {readEnv().SMTP_URL === undefined && (
        <PartialNotice tone="warn">
          Mail cannot be sent: whoever runs Farthing has not set SMTP_URL. Steps that tell people fail.
        </PartialNotice>
      )}
    </div>
  )
}

function Paths({ alerting, place }: { alerting: Alerting; place: Place }) {
  const targets = targetOptions(alerting)
  const { slug, mayEdit } = place
  const columns: DataColumn<Alerting['paths'][number]>[] = [
    { key: 'name', header: 'Path', kind: 'text', value: ({ name }) => name },
    {
      key: 'default',
      header: 'Used',
      definition: 'The default path is taken where a budget or rule names none.',
      kind: 'text',
      value: ({ isDefault }) => (isDefault ? 'by default' : 'where named'),
      cell: ({ isDefault }) => (isDefault ? <Badge tone="accent">by default</Badge> : 'where named'),
    },
    {
      key: 'steps',
      header: 'Steps',
      kind: 'text',
      value: ({ steps }) => steps.map((step) => sayStep(step, alerting)).join('; then '),
      cell: ({ steps }) => (
        <ol className="py-1.5 whitespace-normal">
          {steps.map((step) => (
            <li key={`${step.afterMinutes} ${writeStepTarget(step.target)}`}>{sayStep(step, alerting)}</li>
          ))}
        </ol>
      ),
    },
    {
      key: 'actions',
      header: 'Actions',
      kind: 'text',
      align: 'right',
      value: () => '',
      cell: (path) =>
        mayEdit && (
          <span className="inline-flex gap-1.5 py-1">
            <ConfirmAction
              label="Drill"
              accessibleLabel={`Drill ${path.name}`}
              title={`Run ${path.name} as a drill?`}
              confirmLabel="Run the drill"
              variant="secondary"
              action={runDrillAction}
              fields={{ workspace: slug, path: String(path.id) }}
            >
              Everybody on the path gets a message marked as a drill, a step each minute, at any hour, until somebody
              acknowledges it.
            </ConfirmAction>
            <PathEditor
              key={JSON.stringify(path)}
              workspace={slug}
              targets={targets}
              path={{
                ...path,
                steps: path.steps.map((step) => ({
                  after: String(step.afterMinutes),
                  target: writeStepTarget(step.target),
                  repeat: step.repeatEveryMinutes === null ? '' : String(step.repeatEveryMinutes),
                })),
              }}
            />
            {!path.isDefault && (
              <ConfirmAction
                label="Remove"
                accessibleLabel={`Remove ${path.name}`}
                title={`Remove ${path.name}?`}
                action={removePathAction}
                fields={{ workspace: slug, path: String(path.id) }}
              >
                Budgets and rules that name it take the default path from now on.
              </ConfirmAction>
            )}
          </span>
        ),
    },
  ]
  return (
    <Panel
      title="Escalation paths"
      note="who is told, and who next while nobody acknowledges"
      flush
      actions={mayEdit ? <PathEditor workspace={slug} targets={targets} /> : undefined}
    >
      <DataTable
        caption="Escalation paths"
        columns={columns}
        rows={alerting.paths}
        rowKey={({ id }) => String(id)}
        currency={place.currency}
        timeZone={place.timeZone}
        empty={<EmptyState title="No path yet">A path says who is told first, and who next.</EmptyState>}
      />
    </Panel>
  )
}

function Channels({ alerting, place }: { alerting: Alerting; place: Place }) {
  const { slug, mayManage } = place
  const columns: DataColumn<Alerting['channels'][number]>[] = [
    { key: 'name', header: 'Channel', kind: 'text', value: ({ name }) => name },
    { key: 'kind', header: 'Kind', kind: 'text', value: ({ kind }) => CHANNEL_LABELS[kind] },
    { key: 'target', header: 'Leads to', kind: 'text', value: ({ target }) => target },
    { key: 'createdAt', header: 'Added', kind: 'date', value: ({ createdAt }) => createdAt.toISOString() },
    {
      key: 'actions',
      header: 'Actions',
      kind: 'text',
      align: 'right',
      value: () => '',
      cell: ({ id, name }) =>
        mayManage && (
          <span className="inline-flex gap-1.5">
            <ConfirmAction
              label="Test"
              accessibleLabel={`Test ${name}`}
              title={`Send a test to ${name}?`}
              confirmLabel="Send a test"
              variant="secondary"
              action={testChannelAction}
              fields={{ workspace: slug, channel: String(id) }}
            >
              It goes the way every message goes; the delivery log says how.
            </ConfirmAction>
            <ConfirmAction
              label="Remove"
              accessibleLabel={`Remove ${name}`}
              title={`Remove ${name}?`}
              action={removeChannelAction}
              fields={{ workspace: slug, channel: String(id) }}
            >
              Steps that name it tell nobody from now on; the step after them is told at once.
            </ConfirmAction>
          </span>
        ),
    },
  ]
  return (
    <Panel
      title="Channels"
      note="members are told by e-mail without one"
      flush
      actions={mayManage ? <AddChannel workspace={slug} /> : undefined}
    >
      <DataTable
        caption="Channels"
        columns={columns}
        rows={alerting.channels}
        rowKey={({ id }) => String(id)}
        currency={place.currency}
        timeZone={place.timeZone}
        empty={
          <EmptyState title="No channel yet">
            {mayManage ? 'Add one to tell a team or another system.' : 'An admin of the workspace can add one.'}
          </EmptyState>
        }
      />
    </Panel>
  )
}

function QuietTime({ alerting, place }: { alerting: Alerting; place: Place }) {
  const { hours, holidays } = alerting
  const lines = holidays.map(({ day, name }) => `${day} ${name}`.trim())
  return (
    <Panel title="Quiet hours and holidays" note="messages wait; minutes of a path do not count">
      {place.mayEdit ? (
        <QuietTimeForm
          key={JSON.stringify([hours, lines])}
          workspace={place.slug}
          timeZone={place.timeZone}
          fromTime={hours?.fromTime ?? ''}
          toTime={hours?.toTime ?? ''}
          criticalPasses={hours?.criticalPasses ?? true}
          holidays={lines.join('\n')}
        />
      ) : (
        <p>
          {hours?.fromTime ? `Every day from ${hours.fromTime} to ${hours.toTime}` : 'No quiet hours'}
          {lines.length > 0 && `; holidays: ${lines.join(', ')}`}.
        </p>
      )}
    </Panel>
  )
}

function Silences({ alerting, place }: { alerting: Alerting; place: Place }) {
  return (
    <Panel
      title="Silences"
      note="for maintenance; they expire"
      actions={place.mayEdit ? <AddSilence workspace={place.slug} /> : undefined}
    >
      {alerting.silences.length === 0 && <p className="text-ink-muted">Nothing is silenced.</p>}
      <ul className="flex flex-col gap-2">
        {alerting.silences.map((silence) => (
          <li key={silence.id} className="flex flex-wrap items-center justify-between gap-2">
            <span className="wrap-anywhere">
              {silence.source ?? 'all'} alerts{silence.includesCritical ? ', critical too' : ''}, until{' '}
              {formatDateTime(silence.endsAt, place.timeZone)}: {silence.reason}{' '}
              <span className="text-ink-muted">({silence.createdBy})</span>
            </span>
            {place.mayEdit && (
              <ConfirmAction
                label="End"
                accessibleLabel={`End the silence ${silence.reason}`}
                title="End this silence?"
                action={endSilenceAction}
                fields={{ workspace: place.slug, silence: String(silence.id) }}
              >
                What still fires is told at once.
              </ConfirmAction>
            )}
          </li>
        ))}
      </ul>
    </Panel>
  )
}

function StandIns({ alerting, place }: { alerting: Alerting; place: Place }) {
  const nameOf = (id: string) => alerting.members.find((member) => member.id === id)?.name ?? 'somebody who left'
  const members = activeMembers(alerting)
  return (
    <Panel
      title="Stand-ins"
      note="who gets what would go to somebody else"
      actions={
        place.mayEdit && members.length > 1 ? <AddStandIn workspace={place.slug} members={members} /> : undefined
      }
    >
      {alerting.standIns.length === 0 && <p className="text-ink-muted">Nobody stands in for anybody.</p>}
      <ul className="flex flex-col gap-2">
        {alerting.standIns.map((standIn) => (
          <li key={standIn.id} className="flex flex-wrap items-center justify-between gap-2">
            <span className="wrap-anywhere">
              {nameOf(standIn.standInId)} for {nameOf(standIn.userId)}, until{' '}
              {formatDateTime(standIn.endsAt, place.timeZone)}
            </span>
            {place.mayEdit && (
              <ConfirmAction
                label="End"
                accessibleLabel={`End the stand-in for ${nameOf(standIn.userId)}`}
                title="End this stand-in?"
                action={endStandInAction}
                fields={{ workspace: place.slug, standIn: String(standIn.id) }}
              >
                {nameOf(standIn.userId)} is told themselves from now on.
              </ConfirmAction>
            )}
          </li>
        ))}
      </ul>
    </Panel>
  )
}

function Unsent({ alerting, place }: { alerting: Alerting; place: Place }) {
  const columns: DataColumn<Alerting['unsent'][number]>[] = [
    {
      key: 'to',
      header: 'To',
      kind: 'text',
      value: ({ channelName, userName }) => channelName ?? userName,
      nullText: 'nobody',
    },
    {
      key: 'state',
      header: 'State',
      kind: 'text',
      value: ({ state }) => state,
      cell: ({ state }) =>
        state === 'dead' ? <Badge tone="bad">given up</Badge> : <Badge tone="warn">tried again</Badge>,
    },
    { key: 'kind', header: 'Message', kind: 'text', value: ({ kind }) => kind },
    { key: 'attempts', header: 'Attempts', kind: 'count', value: ({ attempts }) => String(attempts) },
    { key: 'error', header: 'Last error', kind: 'text', value: ({ lastError }) => lastError },
    {
      key: 'alert',
      header: 'Alert',
      kind: 'text',
      value: ({ alertId }) => (alertId === null ? null : `alert ${alertId}`),
      nullText: 'none',
      href: ({ alertId }) => (alertId === null ? null : `/w/${encodeURIComponent(place.slug)}/alerts/${alertId}`),
    },
    { key: 'createdAt', header: 'Written', kind: 'date', value: ({ createdAt }) => createdAt.toISOString() },
    {
      key: 'actions',
      header: 'Actions',
      kind: 'text',
      align: 'right',
      value: () => '',
      cell: ({ id, state, channelName, userName }) =>
        state === 'dead' &&
        place.mayEdit && (
          <ConfirmAction
            label="Try again"
            accessibleLabel={`Try again to tell ${channelName ?? userName ?? 'nobody'}`}
            title="Try this message again?"
            variant="secondary"
            action={retryMessageAction}
            fields={{ workspace: place.slug, message: String(id) }}
          >
            It goes out under the same key as before.
          </ConfirmAction>
        ),
    },
  ]
  return (
    <Panel title="Not delivered" note="messages that failed, newest first" flush>
      <DataTable
        caption="Messages that were not delivered"
        columns={columns}
        rows={alerting.unsent}
        rowKey={({ id }) => String(id)}
        currency={place.currency}
        timeZone={place.timeZone}
      />
    </Panel>
  )
}

function activeMembers({ members }: Alerting) {
  return members
    .filter(({ isDisabled }) => !isDisabled)
    .map(({ id, name, email }) => ({ value: id, label: `${name} (${email})` }))
}

function targetOptions(alerting: Alerting) {
  return [
    { value: 'owner', label: 'the owner' },
    { value: 'backup', label: 'the backup' },
    ...alerting.channels.map(({ id, name }) => ({ value: `channel:${id}`, label: `channel ${name}` })),
    ...activeMembers(alerting).map(({ value, label }) => ({ value: `member:${value}`, label })),
    ...ROLES.map((role) => ({ value: `role:${role}`, label: `everybody who is ${role}` })),
  ]
}

function sayStep({ afterMinutes, target, repeatEveryMinutes }: EscalationStep, alerting: Alerting): string {
  const when = afterMinutes === 0 ? 'at once' : `after ${afterMinutes} min`
  const often = repeatEveryMinutes === null ? '' : `, every ${repeatEveryMinutes} min`
  return `${when}: ${sayTarget(target, alerting)}${often}`
}

function sayTarget(target: StepTarget, { channels, members }: Alerting): string {
  switch (target.kind) {
    case 'owner':
      return 'the owner'
    case 'backup':
      return 'the backup'
    case 'member':
      return members.find(({ id }) => id === target.userId)?.name ?? 'a member who left'
    case 'role':
      return `everybody who is ${target.role}`
    case 'channel':
      return channels.find(({ id }) => id === target.channelId)?.name ?? 'a removed channel'
  }
}
