import { parseAlertSearch } from '@/lib/alerts/alert-search'
import { type Alert, listAlertsOf } from '@/lib/alerts/list-alerts'
import { publicAlert } from '@/lib/alerts/public-alert'
import { answerError, answerJson, refuseMethod } from '@/lib/http/answer-json'
import { admitApiRequest } from '@/lib/http/limit-rate'

/** Alerts of the key's workspace: `state`, `severity`, `source`, `before`. */
export async function GET(request: Request): Promise<Response> {
  try {
    const { workspace } = await admitApiRequest(request.headers, 'read')
    const search = parseAlertSearch(Object.fromEntries(new URL(request.url).searchParams))
    const { alerts, nextBefore } = await listAlertsOf({ workspaceId: workspace.id, ...search }, search.before)
    return answerJson(200, { alerts: alerts.map(toPublic), nextBefore })
  } catch (error) {
    return answerError(error)
  }
}

const iso = (at: Date | null) => at?.toISOString() ?? null

function toPublic({ facts, ...alert }: Alert) {
  return publicAlert.parse({
    ...facts,
    ...alert,
    firedAt: iso(alert.firedAt),
    updatedAt: iso(alert.updatedAt),
    acknowledgedAt: iso(alert.acknowledgedAt),
    snoozedUntil: iso(alert.snoozedUntil),
    resolvedAt: iso(alert.resolvedAt),
  })
}

export const POST = refuseMethod('GET')
export const PUT = refuseMethod('GET')
export const PATCH = refuseMethod('GET')
export const DELETE = refuseMethod('GET')
export const OPTIONS = refuseMethod('GET')
