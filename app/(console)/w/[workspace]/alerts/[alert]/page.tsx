import { notFound } from 'next/navigation'
import { z } from 'zod'
import { AnswerForms } from '@/app/(console)/w/[workspace]/alerts/[alert]/answer-forms'
import { resolveAction } from '@/app/(console)/w/[workspace]/alerts/actions'
import { AlertMarks, AlertStateBadge } from '@/app/(console)/w/[workspace]/alerts/alert-badges'
import { DeliveryTable } from '@/app/(console)/w/[workspace]/alerts/delivery-table'
import { ConfirmAction } from '@/components/settings/confirm-action'
import { PageHeader } from '@/components/shell/page-header'
import { ButtonLink } from '@/components/ui/button'
import { Panel } from '@/components/ui/panel'
import { type Alert, type AlertDetail, readAlert } from '@/lib/alerts/list-alerts'
import { formatSharePercent } from '@/lib/alerts/message-lines'
import { mayDo } from '@/lib/auth/permissions'
import { requirePermission } from '@/lib/auth/require-permission'
import { AppError } from '@/lib/errors'
import { formatDateTime, formatRange } from '@/lib/format'
import { formatIsoInZone } from '@/lib/time'

export const metadata = { title: 'Alert · Farthing' }

const alertId = z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER)

/** An alert: what it says, what can be done, and all that happened to it. */
export default async function AlertPage({ params }: { params: Promise<{ workspace: string; alert: string }> }) {
  const { workspace: slug, alert: text } = await params
  const path = `/w/${encodeURIComponent(slug)}/alerts/${encodeURIComponent(text)}`
  const { role, workspace, person } = await requirePermission(slug, 'view', path)
  const id = alertId.safeParse(text)
  if (!id.success) notFound()
  const detail = await readOrNotFound(() => readAlert(person, slug, id.data))
  const { alert, timeline, deliveries } = detail
  const { timeZone } = workspace
  const isOpen = alert.state !== 'resolved'
  const canAnswer = isOpen && workspace.archivedAt === null
  return (
    <>
      <PageHeader
        title={alert.facts.title}
        scope={[
          { label: 'Workspace', value: workspace.name },
          { label: 'Scope', value: alert.facts.scope },
          { label: 'Time zone', value: timeZone },
        ]}
        actions={
          <>
            <ButtonLink href={alert.facts.viewPath} variant="primary">
              Open the view
            </ButtonLink>
            <ButtonLink href={windowHref(workspace.slug, alert, timeZone)}>Requests of its window</ButtonLink>
          </>
        }
      />
      <div className="grid gap-4 lg:grid-cols-2">
        <Panel title="What fired" actions={<AlertStateBadge state={alert.state} />}>
          <div className="flex flex-col gap-4">
            <p className="wrap-anywhere">{alert.facts.crossed}</p>
            <Facts detail={detail} timeZone={timeZone} />
          </div>
        </Panel>
        <Panel title="What to do" note={<AlertMarks alert={alert} />}>
          <div className="flex flex-col gap-4">
            <p className="wrap-anywhere">{alert.facts.nextStep}</p>
            {canAnswer && (
              <AnswerForms
                workspace={workspace.slug}
                alert={String(alert.id)}
                canAcknowledge={alert.state !== 'acknowledged'}
              />
            )}
            {canAnswer && mayDo(role, 'editAlerts') && (
              <div>
                <ConfirmAction
                  label="Resolve"
                  title="Resolve this alert?"
                  variant="secondary"
                  action={resolveAction}
                  fields={{ workspace: workspace.slug, alert: String(alert.id) }}
                >
                  It ends for good, and everybody who was told hears that it is over. What fires next is another alert.
                </ConfirmAction>
              </div>
            )}
            <Drivers alert={alert} />
          </div>
        </Panel>
      </div>
      <Panel title="Timeline" note="oldest first">
        <ol className="flex flex-col gap-2">
          {timeline.map((entry) => (
            <li key={entry.id} className="grid gap-x-4 sm:grid-cols-[12rem_1fr]">
              <time dateTime={entry.at.toISOString()} className="text-ink-muted tabular-nums">
                {formatDateTime(entry.at, timeZone, { seconds: true })}
              </time>
              <span className="wrap-anywhere">{entry.text}</span>
            </li>
          ))}
        </ol>
      </Panel>
      <Panel title="Messages" note="every attempt, newest first" flush>
        <DeliveryTable deliveries={deliveries} timeZone={timeZone} currency={workspace.currency} />
      </Panel>
    </>
  )
}

async function readOrNotFound<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (error) {
    if (error instanceof AppError && error.code === 'not_found') notFound()
    throw error
  }
}

function Facts({ detail, timeZone }: { detail: AlertDetail; timeZone: string }) {
  const { alert, ownerName, backupName } = detail
  const { facts } = alert
  const at = (instant: Date | string) => formatDateTime(instant, timeZone)
  const lines: (readonly [string, string | null])[] = [
    ['Since', at(facts.since)],
    ['Window', formatRange(facts.windowStart, facts.windowEnd, timeZone)],
    ['Share', facts.sharePercent === null ? null : formatSharePercent(facts.sharePercent)],
    ['Owner', ownerName ?? 'nobody'],
    ['Backup', backupName ?? 'nobody'],
    ['Acknowledged', alert.acknowledgedAt && `${at(alert.acknowledgedAt)} by ${alert.acknowledgedBy}`],
    ['Snoozed until', alert.snoozedUntil && at(alert.snoozedUntil)],
    ['Next step of the path', alert.state === 'firing' && alert.dueAt !== null ? at(alert.dueAt) : null],
    ['Resolved', alert.resolvedAt && `${at(alert.resolvedAt)}: ${alert.resolvedReason}`],
  ]
  return (
    <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1">
      {lines.map(
        ([label, value]) =>
          value !== null && (
            <div key={label} className="col-span-2 grid grid-cols-subgrid">
              <dt className="text-ink-muted">{label}</dt>
              <dd className="wrap-anywhere">{value}</dd>
            </div>
          ),
      )}
    </dl>
  )
}

function Drivers({ alert }: { alert: Alert }) {
  if (alert.facts.drivers.length === 0) return null
  return (
    <div>
      <h3 className="mb-1 font-medium">What drives it</h3>
      <ol className="flex flex-col gap-1">
        {alert.facts.drivers.map((driver) => (
          <li key={driver.label} className="flex flex-wrap justify-between gap-x-4">
            <span className="wrap-anywhere">{driver.label}</span>
            <span className="tabular-nums">
              {driver.value}
              {driver.change !== null && <span className="text-ink-muted"> ({driver.change})</span>}
            </span>
          </li>
        ))}
      </ol>
    </div>
  )
}

/** The requests of the days that the alert's window touches. */
function windowHref(slug: string, { facts }: Alert, timeZone: string): string {
  const dayOf = (at: number) => formatIsoInZone(new Date(at), timeZone).slice(0, 10)
  const from = dayOf(Date.parse(facts.windowStart))
  const last = Date.parse(facts.windowEnd) - 1
  const to = dayOf(last + 86_400_000)
  return `/w/${encodeURIComponent(slug)}/requests?range=${from}..${to > from ? to : dayOf(last + 2 * 86_400_000)}`
}
