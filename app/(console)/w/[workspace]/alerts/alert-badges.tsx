import { Badge, type Tone } from '@/components/ui/badge'
import type { Alert } from '@/lib/alerts/list-alerts'

const STATES: Record<Alert['state'], Tone> = {
  firing: 'bad',
  acknowledged: 'accent',
  snoozed: 'neutral',
  resolved: 'good',
}
const SEVERITIES: Record<Alert['severity'], Tone> = { critical: 'bad', warning: 'warn', info: 'neutral' }

export function AlertStateBadge({ state }: { state: Alert['state'] }) {
  return <Badge tone={STATES[state]}>{state}</Badge>
}

export function AlertMarks({ alert }: { alert: Alert }) {
  return (
    <span className="inline-flex gap-1">
      <Badge tone={SEVERITIES[alert.severity]}>{alert.severity}</Badge>
      {alert.isDrill && <Badge tone="accent">drill</Badge>}
      {alert.facts.isRevision && <Badge title="Late events moved a period that was over">revision</Badge>}
    </span>
  )
}
