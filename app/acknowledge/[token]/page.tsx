import type { Metadata } from 'next'
import { connection } from 'next/server'
import { AcknowledgeForm } from '@/app/acknowledge/[token]/acknowledge-form'
import { EntryPage } from '@/components/shell/entry-page'
import { ButtonLink } from '@/components/ui/button'
import { type LinkedAlert, openAcknowledgeLink } from '@/lib/alerts/acknowledge-by-link'
import { formatDateTime } from '@/lib/format'

export const metadata: Metadata = { title: 'Acknowledge · Farthing', robots: { index: false } }

/** Looking acknowledges nothing, so that programs that follow links in mail cannot; the button does. */
export default async function AcknowledgePage({ params }: { params: Promise<{ token: string }> }) {
  await connection()
  const { token } = await params
  const alert = await openAcknowledgeLink(token, new Date())
  if (!alert) {
    return (
      <EntryPage title="This link does not work any more">
        <p>It is too old, or whoever it was sent to is no recipient any more. The alert is in the inbox.</p>
        <ButtonLink href="/">Go to Farthing</ButtonLink>
      </EntryPage>
    )
  }
  const { facts } = alert
  return (
    <EntryPage title={titleOf(alert)} lead={`${alert.workspaceName}, ${alert.isDrill ? 'a drill' : alert.severity}`}>
      <div className="flex flex-col gap-1">
        <h2 className="font-semibold wrap-anywhere">{facts.title}</h2>
        <p className="wrap-anywhere">{facts.crossed}</p>
        <p className="text-ink-muted">
          Since {formatDateTime(facts.since, alert.timeZone)} ({alert.timeZone})
        </p>
      </div>
      {alert.state === 'firing' || alert.state === 'snoozed' ? (
        <>
          <p>The escalation stops, and nobody else is told. It is noted that {alert.recipient} acknowledged it.</p>
          <AcknowledgeForm token={token} />
        </>
      ) : (
        <p role="status">
          {alert.acknowledgedBy !== null && `Acknowledged by ${alert.acknowledgedBy}. `}
          The escalation has stopped.
        </p>
      )}
      <ButtonLink href={`/w/${encodeURIComponent(alert.workspaceSlug)}/alerts/${alert.id}`}>Open the alert</ButtonLink>
    </EntryPage>
  )
}

function titleOf({ state }: LinkedAlert): string {
  if (state === 'resolved') return 'This alert is resolved'
  return state === 'acknowledged' ? 'This alert is acknowledged' : 'Acknowledge this alert?'
}
