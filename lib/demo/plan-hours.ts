import { tzOffset } from '@date-fns/tz'
import { isInStory, storyWindow } from './stories'
import { type DemoWorkspace, STORY_RUNAWAY, WORKSPACES } from './world'

/** What happens in one hour of one workspace. */
export type HourPlan = {
  readonly workspaceIndex: number
  readonly hourMs: number
  /** Requests of the ordinary mix. */
  readonly requests: number
  /** Requests of the tenant that runs away. */
  readonly runawayRequests: number
  /** Probability that an attempt at the provider that is down fails; 0 on ordinary days. */
  readonly outageFailureShare: number
}

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/**
 * The hours in [fromMs, toMs), both whole hours, of all workspaces. An hour's plan depends on the hour and the anchor
 * alone, so that hours can be added later without touching what is there.
 */
export function planHours(fromMs: number, toMs: number, anchorMs: number): HourPlan[] {
  const plans: HourPlan[] = []
  for (let hourMs = fromMs; hourMs < toMs; hourMs += HOUR_MS) {
    for (const [workspaceIndex, workspace] of WORKSPACES.entries()) {
      plans.push({
        workspaceIndex,
        hourMs,
        requests: roundByChance(
          expectedRequests(workspace, hourMs, anchorMs) * wobble(workspaceIndex, hourMs),
          workspaceIndex,
          hourMs,
        ),
        runawayRequests: workspace.slug === STORY_RUNAWAY.workspace ? runawayRequests(hourMs, anchorMs) : 0,
        outageFailureShare: outageFailureShare(hourMs, anchorMs),
      })
    }
  }
  return plans
}

function expectedRequests(workspace: DemoWorkspace, hourMs: number, anchorMs: number): number {
  const localMs = hourMs + Math.round(tzOffset(workspace.timeZone, new Date(hourMs)) * 60_000)
  const local = new Date(localMs)
  const weekday = local.getUTCDay()
  const isWeekend = weekday === 0 || weekday === 6
  const dayFactor = isWeekend ? workspace.weekendFactor : weekday === 5 ? 0.88 : weekday === 1 ? 1.06 : 1
  const daysToAnchor = (anchorMs - hourMs) / DAY_MS
  const growth = Math.min(1.3, Math.max(0.7, 1 - 0.003 * daysToAnchor))
  return workspace.requestsPerDay * dayFactor * growth * shareOfDay(local.getUTCHours(), workspace.nightFactor)
}

const HOURS = Array.from({ length: 24 }, (_, hour) => hour)

/** Two humps, before and after noon, over a floor for the night. The shares of the 24 hours add up to 1. */
function shareOfDay(hour: number, nightFactor: number): number {
  const shape = (at: number) =>
    nightFactor + (1 - nightFactor) * Math.min(1, hump(at, 10.5, 2.1) + 0.95 * hump(at, 15.2, 2.6))
  return shape(hour) / HOURS.reduce((sum, at) => sum + shape(at), 0)
}

function hump(hour: number, centre: number, width: number): number {
  return Math.exp(-((hour + 0.5 - centre) ** 2) / (2 * width ** 2))
}

function wobble(workspaceIndex: number, hourMs: number): number {
  return 0.86 + 0.28 * chance(workspaceIndex, hourMs, 1)
}

function roundByChance(value: number, workspaceIndex: number, hourMs: number): number {
  return Math.floor(value) + (chance(workspaceIndex, hourMs, 2) < value % 1 ? 1 : 0)
}

function runawayRequests(hourMs: number, anchorMs: number): number {
  if (!isInStory('runaway-tenant', hourMs, anchorMs)) return 0
  const hours = (hourMs - storyWindow('runaway-tenant', anchorMs).fromMs) / HOUR_MS
  return Math.round(24 + 0.55 * hours)
}

function outageFailureShare(hourMs: number, anchorMs: number): number {
  if (!isInStory('provider-outage', hourMs, anchorMs)) return 0
  const hours = (hourMs - storyWindow('provider-outage', anchorMs).fromMs) / HOUR_MS
  if (hours < 5) return 0.25
  if (hours < 30) return 0.92
  if (hours < 42) return 0.6
  return 0.3
}

/** A number in [0, 1) that depends on its arguments alone (the finaliser of MurmurHash3 over them). */
function chance(workspaceIndex: number, hourMs: number, salt: number): number {
  let bits = (Math.imul(hourMs / HOUR_MS, 0x9e3779b1) ^ Math.imul(workspaceIndex * 31 + salt, 0x85ebca6b)) >>> 0
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b)
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35)
  return ((bits ^ (bits >>> 16)) >>> 0) / 4_294_967_296
}
