import 'server-only'
import { insertRows, runCommand } from '@/db/clickhouse/client'

/** Marks slots (starts in milliseconds) as about to be written; the engine's clock says when. */
export async function insertSlotMarks(slots: readonly { workspaceId: number; slotMs: number }[]): Promise<void> {
  await insertRows(
    'slot_marks',
    slots.map(({ workspaceId, slotMs }) => ({ workspace_id: workspaceId, slot: Math.floor(slotMs / 1_000) })),
    { max_execution_time: 10 },
  )
}

/**
 * Marks every slot in which stored attempts lie that `where` (SQL over `attempts`) picks.
 * @param params values of `{name:Type}` in it
 * @param from `attempts`, with further columns that it may name
 */
export async function markStoredAttempts(
  where: string,
  params: Record<string, unknown> = {},
  from = 'attempts',
): Promise<void> {
  await runCommand(
    `INSERT INTO slot_marks (workspace_id, slot)
     SELECT DISTINCT workspace_id, toStartOfFifteenMinutes(toDateTime(ts, 'UTC')) FROM ${from} WHERE ${where}`,
    { params, settings: { max_execution_time: 60 } },
  )
}
