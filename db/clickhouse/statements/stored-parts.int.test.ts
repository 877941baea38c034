import { randomInt } from 'node:crypto'
import { afterAll, expect, it } from 'vitest'
import { closeClickHouse, runCommand } from '@/db/clickhouse/client'
import { insertAttempts } from '@/db/clickhouse/statements/attempts'
import { readStoredParts } from '@/db/clickhouse/statements/stored-parts'

afterAll(closeClickHouse)

it('names what is stored: another after every change, the same while nothing happens', async () => {
  const workspaceId = randomInt(1_000_000, 2_000_000_000)
  const row = {
    workspace_id: workspaceId,
    ts: Date.parse('2001-01-01T00:00:00Z'),
    attempt_key: '1',
    request_key: '1',
    content_rest: 0,
    revision: 1,
    flags: 0,
    version: 1n,
    is_deleted: 0,
  }
  const before = await readStoredParts()
  expect(before).not.toBeNull()
  expect(await readStoredParts()).toBe(before)
  await insertAttempts([row])
  const stored = await readStoredParts()
  expect(stored).not.toBe(before)
  await insertAttempts([{ ...row, version: 2n }])
  const corrected = await readStoredParts()
  expect(corrected).not.toBe(stored)
  await runCommand(`OPTIMIZE TABLE attempts PARTITION '2001-01-01' FINAL`)
  expect(await readStoredParts()).toBe(corrected)
  await runCommand(`ALTER TABLE attempts DELETE WHERE workspace_id = ${workspaceId}`, {
    settings: { mutations_sync: '2' },
  })
  expect(await readStoredParts()).not.toBe(corrected)
})
