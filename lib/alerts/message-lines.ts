import { formatDateTime, formatRatio } from '@/lib/format'
import { divideDecimals } from '@/lib/money'
import type { AlertMessage } from './alert-message'

export type FactLine = { label: string; value: string }

const KINDS = { fired: 'Firing', acknowledged: 'Acknowledged', resolved: 'Resolved', test: 'Test' } as const

/** Longer than any name may be alone; lists of many names are cut. */
const MAX_LINE = 400
/** Control characters and line ends, and what turns the direction of text: a name must not make up a line of its own. */
const UNSHOWN = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]+/gu

/** Text as one line of a message, not too long. Pure. */
function oneLine(text: string): string {
  const line = text.replace(UNSHOWN, ' ')
  return line.length <= MAX_LINE ? line : `${[...line.slice(0, MAX_LINE)].slice(0, -1).join('')}…`
}

/** A share as it is shown: `81.24%`. Pure. */
export function formatSharePercent(sharePercent: string): string {
  return formatRatio(divideDecimals(sharePercent, '100'))
}

/** The one line that says it all. Pure. */
export function headlineOf({ kind, isDrill, severity, facts, workspaceName }: AlertMessage): string {
  const drill = isDrill ? '[DRILL] ' : ''
  if (facts === null) return `${drill}Test message from Farthing (${workspaceName})`
  const revision = facts.isRevision ? ' (revision)' : ''
  return oneLine(`${drill}${KINDS[kind]}, ${severity}: ${facts.title}${revision}`)
}

/** What a message tells, in order: what crossed what, share, since when, drivers, owner, next step. Pure. */
export function factLines({ facts, note, ownerName, timeZone, kind }: AlertMessage): FactLine[] {
  if (facts === null) return [{ label: 'Next step', value: 'None: this channel works.' }]
  const line = (label: string, value: string | null): FactLine[] =>
    value === null ? [] : [{ label, value: oneLine(value) }]
  return [
    ...line(kind === 'resolved' ? 'Resolved' : 'Note', note),
    ...line('What', facts.crossed),
    ...line('Scope', facts.scope),
    ...line('Share', facts.sharePercent === null ? null : formatSharePercent(facts.sharePercent)),
    ...line('Since', `${formatDateTime(facts.since, timeZone)} (${timeZone})`),
    ...facts.drivers.flatMap(({ label, value, change }, index) =>
      line(`Driver ${index + 1}`, change === null ? `${label}: ${value}` : `${label}: ${value} (${change})`),
    ),
    ...line('Owner', ownerName ?? 'nobody'),
    ...line('Next step', facts.nextStep),
  ]
}
