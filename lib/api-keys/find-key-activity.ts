import 'server-only'
import { findApiKeyRow } from '@/db/postgres/queries/api-keys'
import type { KeyActivity } from '@/lib/api-keys/key-activity'
import { authorizeMember, type Person } from '@/lib/auth/person'
import { AppError } from '@/lib/errors'
import { parseQuery } from '@/lib/metrics/query-schema'
import { cellOf } from '@/lib/metrics/result'
import { runQuery } from '@/lib/metrics/run'
import { buildScope } from '@/lib/metrics/scope'

const OLDEST_EVENT_MS = 400 * 86_400_000
const NEWEST_EVENT_MS = 10 * 60_000

/**
 * Whether events have come through a key yet. The store is asked only once the key has been used.
 * @throws AppError `not_found`, `forbidden`, `unavailable`.
 */
export async function findKeyActivity(person: Person, slug: string, keyId: number, now: Date): Promise<KeyActivity> {
  const { workspace } = await authorizeMember(person, slug, 'manageKeys')
  const key = await findApiKeyRow(workspace.id, keyId)
  if (!key) throw new AppError('not_found', 'There is no such key in this workspace.')
  if (key.lastUsedAt === null) return { state: 'waiting' }
  const question = parseQuery({
    measures: ['attempts', 'spend'],
    dimensions: ['provider', 'model', 'environment', 'dataMode'],
    from: new Date(now.getTime() - OLDEST_EVENT_MS).toISOString(),
    to: new Date(now.getTime() + NEWEST_EVENT_MS).toISOString(),
    filters: [
      { dimension: 'apiKey', values: [key.name] },
      { dimension: 'environment', values: ['*'] },
      { dimension: 'dataMode', values: ['*'] },
    ],
    orderBy: [{ key: 'attempts', direction: 'desc' }],
    limit: 1,
  })
  const scope = buildScope(workspace, [{ id: key.id, workspaceId: workspace.id, name: key.name }])
  const { rows, totals } = await runQuery(question, scope, now)
  const [row] = rows
  if (!row) return { state: 'called' }
  const text = (value: unknown): string => (typeof value === 'string' ? value : 'unspecified')
  const kind = {
    provider: text(cellOf(row, 'provider')),
    model: text(cellOf(row, 'model')),
    environment: text(cellOf(row, 'environment')),
    dataMode: text(cellOf(row, 'dataMode')),
  }
  const spend = cellOf(totals, 'spend')
  return {
    state: 'received',
    attempts: text(cellOf(totals, 'attempts')),
    spendUsd: typeof spend === 'string' ? spend : null,
    kind,
    inDefaultScope:
      workspace.defaultEnvironments.some((name) => name === kind.environment) &&
      workspace.defaultDataModes.some((name) => name === kind.dataMode),
  }
}
