import { formatDateTime } from '@/lib/format'
import type { AlertMessage } from './alert-message'

export type FactLine = { label: string; value: string }

const KINDS = { fired: 'Firing', acknowledged: 'Acknowledged', resolved: 'Resolved', test: 'Test' } as const

/** The one line that says it all. Pure. */
export function headlineOf({ kind, isDrill, severity, facts, workspaceName }: AlertMessage): string {
  const drill = isDrill ? '[DRILL] ' : ''
  if (facts === null) return `${drill}Test message from Farthing (${workspaceName})`
  const revision = facts.isRevision ? ' (revision)' : ''
  return `${drill}${KINDS[kind]}, ${severity}: ${facts.title}${revision}`
}

/** What a message tells, in order: what crossed what, share, since when, drivers, owner, next step. Pure. */
export function factLines({ facts, note, ownerName, timeZone, kind }: AlertMessage): FactLine[] {
  if (facts === null) return [{ label: 'Next step', value: 'None: this channel works.' }]
  const line = (label: string, value: string | null): FactLine[] => (value === null ? [] : [{ label, value }])
  return [
    ...line(kind === 'resolved' ? 'Resolved' : 'Note', note),
    ...line('What', facts.crossed),
    ...line('Scope', facts.scope),
    ...line('Share', facts.sharePercent === null ? null : `${facts.sharePercent} %`),
    ...line('Since', `${formatDateTime(facts.since, timeZone)} (${timeZone})`),
    ...facts.drivers.flatMap(({ label, value, change }, index) =>
      line(`Driver ${index + 1}`, change === null ? `${label}: ${value}` : `${label}: ${value} (${change})`),
    ),
    ...line('Owner', ownerName ?? 'nobody'),
    ...line('Next step', facts.nextStep),
  ]
}
