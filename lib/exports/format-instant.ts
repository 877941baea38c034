import { tzOffset } from '@date-fns/tz'

/** No zone changes its offset within a quarter of an hour of UTC. */
const SLOT_MS = 15 * 60_000

/**
 * A formatter of instants in a zone's wall clock with milliseconds and offset, `2026-10-01T00:00:00.000+02:00`, made for
 * many instants in the order of time: the offset is looked up once per quarter of an hour.
 */
export function createInstantFormatter(timeZone: string): (epochMs: number) => string {
  let slot = Number.NaN
  let offsetMs = 0
  let suffix = ''
  return (epochMs) => {
    const current = Math.floor(epochMs / SLOT_MS)
    if (current !== slot) {
      slot = current
      const minutes = Math.round(tzOffset(timeZone, new Date(epochMs)))
      offsetMs = minutes * 60_000
      suffix = formatOffset(minutes)
    }
    return `${new Date(epochMs + offsetMs).toISOString().slice(0, -1)}${suffix}`
  }
}

function formatOffset(minutes: number): string {
  if (minutes === 0) return 'Z'
  const absolute = Math.abs(minutes)
  const hours = String(Math.floor(absolute / 60)).padStart(2, '0')
  return `${minutes < 0 ? '-' : '+'}${hours}:${String(absolute % 60).padStart(2, '0')}`
}
