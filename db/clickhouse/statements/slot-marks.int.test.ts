import { randomInt } from 'node:crypto'
import { afterAll, expect, it } from 'vitest'
import { z } from 'zod'
import { closeClickHouse, insertRows, queryRows } from '@/db/clickhouse/client'
import { foldSlotMarks } from '@/db/clickhouse/statements/slot-marks'
import { closePostgres } from '@/db/postgres/client'

afterAll(async () => {
  await closeClickHouse()
  await closePostgres()
})

const mark = z
  .object({ slot: z.string(), marked: z.string() })
  .transform(({ slot, marked }) => [slot.slice(11), marked.slice(11)])

it('keeps what was marked long ago by slots, each with its last mark, and leaves the rest', async () => {
  const workspaceId = randomInt(1_000_000, 2_000_000_000)
  const marks = [
    ['10:00:00', '10:01:05.000'],
    ['10:00:10', '10:00:15.250'],
    ['10:14:50', '10:14:55.000'],
    ['10:15:00', '10:16:00.000'],
    ['10:31:40', '10:31:45.500'],
    ['11:00:10', '11:00:15.000'],
  ]
  const rows = marks.map(([slot, at]) => ({
    workspace_id: workspaceId,
    slot: `2001-01-01 ${slot}`,
    marked_at: `2001-01-01 ${at}`,
  }))
  await insertRows('slot_marks', rows)
  const list = () =>
    queryRows(
      mark,
      `SELECT toString(slot) AS slot, toString(max(marked_at)) AS marked FROM slot_marks
       WHERE workspace_id = ${workspaceId} GROUP BY workspace_id, slot_marks.slot ORDER BY slot`,
      { role: 'write', settings: { final: 0 } },
    )
  expect(await list()).toEqual(marks)
  expect(await foldSlotMarks(Date.parse('2001-01-01T11:00:00Z'))).toBeGreaterThanOrEqual(3)
  expect(await list()).toEqual([
    ['10:00:00', '10:14:55.000'],
    ['10:15:00', '10:16:00.000'],
    ['10:30:00', '10:31:45.500'],
    ['11:00:10', '11:00:15.000'],
  ])
  expect(await foldSlotMarks(Date.parse('2001-01-01T11:00:00Z'))).toBe(0)
})
