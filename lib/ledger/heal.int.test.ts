import { afterAll, describe, expect, it } from 'vitest'
import { closeClickHouse, runCommand } from '@/db/clickhouse/client'
import { ATTEMPT_COLUMNS } from '@/db/clickhouse/statements/attempts'
import { findContradictions, findTouchedRequests } from '@/db/clickhouse/statements/touched-requests'
import { closePostgres } from '@/db/postgres/client'
import { commitBatch } from '@/lib/events/commit-batch'
import { CommitQueue } from '@/lib/events/commit-queue'
import { mintWorkspace, readTotals } from '@/lib/events/ingest-fixture'
import { prepareEvent } from '@/lib/events/prepare-event'
import { validateEvent } from '@/lib/events/validate-event'
import { Healer } from '@/lib/ledger/heal'
import { FIXTURE_PRICES } from '@/lib/metrics/ledger-fixture'
import { createPriceIndex } from '@/lib/pricing/price-book'

type Sent = Record<string, unknown>

const PRICES = createPriceIndex(FIXTURE_PRICES)
const START_MS = Date.now() - 3_600_000

/** What one process has: a queue of its own in front of the same store. */
function startProcess(): (workspaceId: number, events: readonly Sent[]) => Promise<unknown> {
  const queue = new CommitQueue((submissions, signal) =>
    commitBatch(submissions, { indexOf: () => PRICES, nameOf: () => null }, signal),
  )
  return (workspaceId, events) => {
    const receivedAtMs = Date.now()
    const source = { workspaceId, apiKeyId: 0, defaults: { environment: null, dataMode: null }, receivedAtMs }
    const attempts = events.map((event) => {
      const validation = validateEvent(event, { receivedAtMs, maxAgeDays: 400 })
      if (!validation.ok) throw new Error(validation.message)
      return prepareEvent(event, validation.event, source)
    })
    return queue.submit({ attempts, findings: [] }, 1_000)
  }
}

const attempt = (request: string, number: number, changes: Sent = {}): Sent => ({
  externalRequestId: request,
  attempt: number,
  provider: 'alpha',
  model: 'a1',
  inputTokens: 10,
  outputTokens: 1,
  status: 'success',
  environment: 'prod',
  dataMode: 'real',
  timestamp: START_MS + number * 1_000,
  ...changes,
})

const REQUESTS = Array.from({ length: 25 }, (_, index) => `r${index}`)

/** The rows of a workspace as they are now, to be inserted again once. */
async function keepRows(workspaceId: number, name: string): Promise<{ restore(): Promise<void> }> {
  const [table, columns] = [`kept_${name}_${workspaceId}`, ATTEMPT_COLUMNS.join(', ')]
  await runCommand(
    `CREATE TABLE ${table} ENGINE = Memory AS SELECT ${columns} FROM attempts WHERE workspace_id = ${workspaceId}`,
    { settings: { final: 0 } },
  )
  return {
    async restore() {
      await runCommand(`INSERT INTO attempts (${columns}) SELECT ${columns} FROM ${table}`)
      await runCommand(`DROP TABLE ${table}`)
    },
  }
}

/** What each of two processes is sent at once; what both know from before comes first. */
const RACES: { name: string; before: Sent[]; first: Sent[]; second: Sent[]; right: Record<string, number> }[] = [
  {
    name: 'attempts of one request',
    before: [],
    first: REQUESTS.map((id) => attempt(id, 1, { status: 'error' })),
    second: REQUESTS.map((id) => attempt(id, 2, { provider: 'beta', model: 'b1' })),
    right: { attempts: 50, requests: 25, retries: 0, fallbacks: 25, failed: 0, wasted: 25 },
  },
  {
    name: 'corrections of two attempts',
    before: REQUESTS.flatMap((id) => [attempt(id, 1, { status: 'error' }), attempt(id, 2)]),
    first: REQUESTS.map((id) => attempt(id, 1, { provider: 'beta', model: 'b1', status: 'error', revision: 2 })),
    second: REQUESTS.map((id) => attempt(id, 2, { status: 'timeout', revision: 2 })),
    right: { attempts: 50, requests: 25, retries: 0, fallbacks: 25, failed: 25, wasted: 50 },
  },
]

describe('two processes that write attempts of one request at once', { timeout: 120_000 }, () => {
  const [first, second] = [startProcess(), startProcess()]

  afterAll(async () => {
    await closeClickHouse()
    await closePostgres()
  })

  for (const race of RACES) {
    it(`leave right classes when both are acknowledged: ${race.name}`, async () => {
      const { workspaceId } = await mintWorkspace()
      if (race.before.length > 0) await first(workspaceId, race.before)
      await Promise.all([first(workspaceId, race.first), second(workspaceId, race.second)])
      expect(await readTotals(workspaceId)).toMatchObject(race.right)
    })

    it(`leave wrong classes when neither lived to look, which are healed: ${race.name}`, async () => {
      const { workspaceId } = await mintWorkspace()
      if (race.before.length > 0) await first(workspaceId, race.before)
      const before = await keepRows(workspaceId, 'before')
      await first(workspaceId, race.first)
      const written = await keepRows(workspaceId, 'written')
      // The other process looks when none of that is there yet, and what was written meanwhile is there afterwards.
      await runCommand(`DELETE FROM attempts WHERE workspace_id = ${workspaceId}`, {
        settings: { lightweight_deletes_sync: '2' },
      })
      await before.restore()
      await second(workspaceId, race.second)
      await written.restore()
      expect(await readTotals(workspaceId)).not.toMatchObject(race.right)

      const healer = new Healer()
      expect(await healer.isDue()).toBe(true)
      expect(await healer.heal()).toBeGreaterThanOrEqual(REQUESTS.length)
      expect(await readTotals(workspaceId)).toMatchObject(race.right)
      expect(await healer.heal()).toBe(0)
    })
  }

  it('are healed also when the store does not say yet when an attempt is', async () => {
    const { workspaceId } = await mintWorkspace()
    await first(workspaceId, [attempt('r', 1, { status: 'error' })])
    await runCommand(
      'DELETE FROM attempt_times WHERE ts IN (SELECT ts FROM attempts WHERE workspace_id = {id:UInt32})',
      { params: { id: workspaceId }, settings: { lightweight_deletes_sync: '2' } },
    )
    await second(workspaceId, [attempt('r', 2)])
    expect(await readTotals(workspaceId)).toMatchObject({ attempts: 2, retries: 0 })
    expect(await new Healer().heal()).toBeGreaterThanOrEqual(2)
    expect(await readTotals(workspaceId)).toMatchObject({ attempts: 2, requests: 1, retries: 1, wasted: 1 })
  })

  it('are healed where both wrote the same version, of which the last one stands', async () => {
    const { workspaceId } = await mintWorkspace()
    await first(
      workspaceId,
      REQUESTS.flatMap((id) => [attempt(id, 1, { status: 'error' }), attempt(id, 2)]),
    )
    const columns = ATTEMPT_COLUMNS.map((column) => (column === 'flags' ? 'bitXor(flags, 2)' : column))
    await runCommand(
      `INSERT INTO attempts (${ATTEMPT_COLUMNS.join(', ')}) SELECT ${columns.join(', ')} FROM attempts FINAL
       WHERE workspace_id = {id:UInt32} AND attempt_number = 2`,
      { params: { id: workspaceId } },
    )
    expect(await readTotals(workspaceId)).toMatchObject({ attempts: 50, retries: 0 })
    expect(await new Healer().heal()).toBeGreaterThanOrEqual(REQUESTS.length)
    expect(await readTotals(workspaceId)).toMatchObject({ attempts: 50, retries: 25 })
  })

  it('are found by what contradicts itself, also where the newest rows know of all attempts', async () => {
    const { workspaceId } = await mintWorkspace()
    const all = REQUESTS.flatMap((id) => [attempt(id, 1, { status: 'error' }), attempt(id, 2), attempt(id, 3)])
    await first(workspaceId, all)
    const touchedHere = async () =>
      (await findTouchedRequests(10_000)).filter((request) => request.workspaceId === workspaceId)
    expect(await findContradictions(await touchedHere())).toEqual([])

    // As a process leaves it that was killed: its attempt came first, but its row knows of nothing else.
    const stale = new Map([
      ['version', 'version + bitShiftLeft(toUInt128(1), 32)'],
      ['seq', '1'],
      ['request_attempts', '1'],
      ['flags', 'bitXor(flags, 2)'],
    ])
    const columns = ATTEMPT_COLUMNS.map((column) => stale.get(column) ?? column)
    await runCommand(
      `INSERT INTO attempts (${ATTEMPT_COLUMNS.join(', ')}) SELECT ${columns.join(', ')} FROM attempts FINAL
       WHERE workspace_id = {id:UInt32} AND attempt_number = 2 AND external_request_id = 'r17'`,
      { params: { id: workspaceId } },
    )
    expect(await readTotals(workspaceId)).toMatchObject({ attempts: 75, retries: 49 })
    const touched = await touchedHere()
    expect(touched).toHaveLength(REQUESTS.length)
    const found = await findContradictions(touched)
    expect(found).toHaveLength(1)
    expect(touched).toContainEqual(expect.objectContaining(found[0] ?? {}))
    await new Healer().heal()
    expect(await readTotals(workspaceId)).toMatchObject({ attempts: 75, retries: 50 })
    expect(await findContradictions(await touchedHere())).toEqual([])
  })

  it('count an attempt once that one of them moves, at the moment when both are acknowledged', async () => {
    const { workspaceId } = await mintWorkspace()
    const moved = REQUESTS.map((id) => attempt(id, 1, { timestamp: START_MS + 60_000, revision: 2, outputTokens: 3 }))
    await Promise.all([
      first(
        workspaceId,
        REQUESTS.map((id) => attempt(id, 1)),
      ),
      second(workspaceId, moved),
    ])
    expect(await readTotals(workspaceId)).toMatchObject({ attempts: 25, requests: 25, retries: 0, wasted: 0 })
  })

  it('cost a count alone once nothing is written any more', async () => {
    let nowMs = 1_000_000
    const healer = new Healer(() => nowMs)
    expect(await healer.isDue()).toBe(true)
    expect(await healer.heal()).toBe(0)
    nowMs += 14_000
    expect(await healer.isDue()).toBe(true)
    nowMs += 1_000
    expect(await healer.isDue()).toBe(false)
    const { workspaceId } = await mintWorkspace()
    await first(workspaceId, [attempt('alone', 1)])
    expect(await healer.isDue()).toBe(true)
  })

  it('leave attempts that stand alone out of it', async () => {
    const { workspaceId } = await mintWorkspace()
    await first(workspaceId, [attempt('alone', 1), attempt('two', 1), attempt('two', 2)])
    const touched = await findTouchedRequests(60_000)
    expect(touched.filter((request) => request.workspaceId === workspaceId)).toHaveLength(1)
  })
})
