import 'server-only'
import { z } from 'zod'
import { insertRows, queryRows } from '@/db/clickhouse/client'
import { formatInstant } from '@/db/clickhouse/format-instant'

export type PriceChangeState = {
  id: number
  workspaceId: number
  provider: string
  model: string
  /** What attempts were sent as that have these names now; null where only a price has changed. */
  rawProvider: string | null
  rawModel: string | null
  affectedFrom: Date | null
  affectedTo: Date | null
  createdAt: Date
  /** JSON text, see lib/pricing/open-price-change.ts. */
  book: string
  isRestamped: boolean
  revision: number
}

/** Puts what stands of these changes; from when this returns, reading prices by the open ones. */
export async function insertPriceChangeStates(states: readonly PriceChangeState[]): Promise<void> {
  await insertRows(
    'price_changes',
    states.map((state) => ({
      change_id: state.id,
      workspace_id: state.workspaceId,
      provider: state.provider,
      model: state.model,
      raw_provider: state.rawProvider ?? '',
      raw_model: state.rawModel ?? '',
      affected_from: state.affectedFrom && formatInstant(state.affectedFrom.getTime()),
      affected_to: state.affectedTo && formatInstant(state.affectedTo.getTime()),
      created_at: formatInstant(state.createdAt.getTime()),
      book: state.book,
      restamped: state.isRestamped,
      revision: state.revision,
    })),
    { max_execution_time: 10 },
  )
}

const modelRow = z.object({ provider: z.string(), model: z.string() })

/** Which of these models the ledger holds attempts of, in any workspace. */
export async function findModelsInUse(
  models: readonly { provider: string; model: string }[],
): Promise<{ provider: string; model: string }[]> {
  if (models.length === 0) return []
  return await queryRows(
    modelRow,
    `SELECT DISTINCT provider, model FROM attempts
     WHERE provider IN {providers:Array(String)} AND model IN {models:Array(String)}`,
    {
      role: 'write',
      params: {
        providers: [...new Set(models.map(({ provider }) => provider))],
        models: [...new Set(models.map(({ model }) => model))],
      },
      settings: { max_execution_time: 60 },
    },
  )
}
