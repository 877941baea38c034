import { randomInt } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { askPeer } from '@/bench/ask-questions'
import { loadAttempts } from '@/bench/load-attempts'
import { fillPeer, PEERS, readPeerTotals } from '@/bench/peers'
import { lastDays, QUESTIONS } from '@/bench/questions'
import { DAY_MS, DAYS, WORKSPACE_SLUGS } from '@/bench/world'
import { queryRows, runCommand } from '@/db/clickhouse/client'

const LAST_DAY_MS = Date.UTC(2026, 2, 31)
const first = randomInt(1_000_000, 2_000_000_000)
const workspaces = WORKSPACE_SLUGS.map((_, index) => ({ id: first + index, apiKeyId: first + index }))

beforeAll(async () => {
  await loadAttempts({
    attempts: 20_000,
    lastDayMs: LAST_DAY_MS,
    endMs: LAST_DAY_MS + DAY_MS,
    workspaces,
    onProgress: () => {},
  })
})

describe.each(PEERS.map((peer) => ({ name: peer.name, peer })))('the layout "$name"', ({ peer }) => {
  const month = lastDays(LAST_DAY_MS, 30)
  const params = { workspace: String(first), ...month }

  beforeAll(() => fillPeer(peer, lastDays(LAST_DAY_MS, DAYS), 30))

  afterAll(async () => {
    for (const { name } of peer.tables) await runCommand(`DROP TABLE ${name}`)
  })

  it('counts the same attempts and money as the ledger', async () => {
    const [raw] = await queryRows(
      z.object({ attempts: z.coerce.number(), cost: z.coerce.number() }),
      `SELECT count() AS attempts, sum(priced_cost) AS cost FROM attempts WHERE workspace_id = {workspace:UInt32}
         AND environment = 'prod' AND ts >= {from:DateTime64(3)} AND ts < {to:DateTime64(3)}`,
      { params },
    )
    const totals = await readPeerTotals(peer, params)
    expect(raw?.attempts).toBeGreaterThan(1_000)
    expect(totals.attempts).toBe(raw?.attempts)
    expect(totals.cost).toBeCloseTo(Number(raw?.cost), 6)
  })

  it('answers what it can, with the engine’s own time of one statement each', async () => {
    const timings = await askPeer(peer, params, { runs: 2, warmUps: 0 })
    expect([...timings.keys()]).toEqual(QUESTIONS.flatMap(({ name }) => (peer.questions[name] ? [name] : [])))
    for (const { engineMs, httpMs, statements, readRows } of timings.values()) {
      expect(statements).toBe(1)
      expect(readRows).toBeGreaterThan(0)
      expect(engineMs).toBeGreaterThan(0)
      expect(engineMs).toBeLessThan(httpMs)
    }
  })
})
