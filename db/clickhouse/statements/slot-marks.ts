import 'server-only'
import { z } from 'zod'
import { changeTable, insertRows, queryRows, runCommand } from '@/db/clickhouse/client'

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

const countRow = z.object({ marks: z.coerce.number() })

/**
 * Keeps the marks of shorter stretches than a slot that begin before an instant as marks of their slots. Nothing may be
 * marked so finely there any more.
 * @returns how many marks there were
 */
export async function foldSlotMarks(beforeMs: number): Promise<number> {
  const start = 'toStartOfFifteenMinutes(slot)'
  const fine = `slot < toDateTime(${Math.floor(beforeMs / 1_000)}, 'UTC') AND slot != ${start}`
  const [found] = await queryRows(countRow, `SELECT count() AS marks FROM slot_marks WHERE ${fine}`, {
    role: 'write',
    settings: { final: 0 },
  })
  if (!found || found.marks === 0) return 0
  // First what stands for them: whatever is cut off here is done again.
  await runCommand(
    `INSERT INTO slot_marks (workspace_id, slot, marked_at)
     SELECT workspace_id, ${start} AS slot_start, max(marked_at) FROM slot_marks WHERE ${fine}
     GROUP BY workspace_id, slot_start`,
    { settings: { max_execution_time: 60 } },
  )
  await changeTable('slot_marks', (name) => `DELETE FROM ${name} WHERE ${fine}`, {
    settings: { max_execution_time: 300 },
  })
  return found.marks
}
