import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { closeClickHouse, queryRows, runCommand } from '@/db/clickhouse/client'
import { closePostgres } from '@/db/postgres/client'
import { reconcileWorkspace } from '@/lib/ledger/reconcile'
import { type TableReport, type VerifySummary, verifyWorkspace } from '@/lib/ledger/verify'
import { mintLedger, OCTOBER } from '@/lib/metrics/ledger-fixture'
import type { ScopeWorkspace } from '@/lib/metrics/plan'
import { ROLLUPS } from '@/lib/metrics/rollups'

const SPAN = { fromMs: Date.parse('2026-09-29T00:00:00Z'), toMs: Date.parse('2026-10-03T00:00:00Z') }
const NOW = new Date('2026-11-01T00:00:00Z')
const SYNC = { settings: { mutations_sync: '2' } }

describe('the check of the rollups', { timeout: 300_000 }, () => {
  let workspace: ScopeWorkspace

  const verify = async (repair: boolean): Promise<{ reports: TableReport[]; summary: VerifySummary }> => {
    const reports: TableReport[] = []
    const summary = await verifyWorkspace(workspace, SPAN, {
      repair,
      quietMs: 0,
      onTable: (report) => reports.push(report),
    })
    return { reports, summary }
  }
  const differing = (reports: readonly TableReport[]) =>
    reports
      .filter(({ state }) => state !== 'agrees')
      .map(({ table, day, state, differing: cells }) => `${table} ${day} ${state} ${cells}`)
  const buildOf = async (day: string): Promise<string> => {
    const [row] = await queryRows(
      z.object({ build: z.string() }),
      'SELECT toString(max(build)) AS build FROM rollup_days WHERE workspace_id = {id:UInt32} AND day = {day:String}',
      { role: 'write', params: { id: workspace.id, day } },
    )
    return row?.build ?? ''
  }

  beforeAll(async () => {
    ;({ workspace } = await mintLedger(OCTOBER))
    await reconcileWorkspace(workspace, SPAN, { now: NOW, quietMs: 0 })
  })
  afterAll(async () => {
    await closeClickHouse()
    await closePostgres()
  })

  it('compares every table on every clean day and finds nothing where nothing differs', async () => {
    const { reports, summary } = await verify(true)
    expect(new Set(reports.map(({ table }) => table))).toEqual(
      new Set([...ROLLUPS.map(({ table }) => table), 'rollup_days', 'user_names']),
    )
    expect(new Set(reports.map(({ day }) => day))).toEqual(
      new Set(['2026-09-29', '2026-09-30', '2026-10-01', '2026-10-02']),
    )
    expect(differing(reports)).toEqual([])
    expect(summary).toMatchObject({ days: 4, unbuiltDays: 0, differing: 0, left: 0 })
    expect(summary.cells).toBeGreaterThan(1_000)
  })

  it('finds a changed, a missing, an extra and a doubled cell, and repairs them', async () => {
    const first = await buildOf('2026-10-01 00:00:00')
    const second = await buildOf('2026-10-02 00:00:00')
    await runCommand(
      `ALTER TABLE rollup_models UPDATE spend = spend + toDecimal128('0.000000000000000001', 18)
      WHERE workspace_id = ${workspace.id} AND build = ${first} AND model = 'a2'`,
      SYNC,
    )
    await runCommand(
      `ALTER TABLE rollup_endpoints UPDATE latency = arrayMap((c, i) -> if(i = 1, 1, c), latency,
      arrayEnumerate(latency)) WHERE workspace_id = ${workspace.id} AND build = ${second} AND endpoint = '/search'`,
      SYNC,
    )
    await runCommand(
      `ALTER TABLE rollup_prompts DELETE WHERE workspace_id = ${workspace.id} AND build = ${first} AND prompt_version = 'v2'`,
      SYNC,
    )
    await runCommand(`INSERT INTO rollup_users (workspace_id, day, build, environment, data_mode, user_hash, attempts)
      SELECT ${workspace.id}, '2026-10-02 00:00:00', ${second}, 'prod', 'real', 1, 0`)
    await runCommand(`INSERT INTO rollup_totals SELECT * FROM rollup_totals
      WHERE workspace_id = ${workspace.id} AND build = ${second} AND slot = '2026-10-02 05:00:00'`)
    await runCommand(`INSERT INTO user_names SELECT workspace_id, user_hash, 'somebody else' FROM user_names
      WHERE workspace_id = ${workspace.id} AND user_id = 'u3'`)
    await runCommand(`INSERT INTO rollup_days SELECT * REPLACE (mixed_attempts + 1 AS mixed_attempts) FROM rollup_days FINAL
      WHERE workspace_id = ${workspace.id} AND build = ${second}`)

    const found = await verify(false)
    const tables = [
      'rollup_models 2026-10-01 differs 1',
      'rollup_prompts 2026-10-01 differs',
      'user_names 2026-10-01 differs 1',
      'rollup_totals 2026-10-02 differs',
      'rollup_endpoints 2026-10-02 differs 1',
      'rollup_users 2026-10-02 differs 1',
      'rollup_days 2026-10-02 differs 1',
    ]
    expect(differing(found.reports).filter((line) => !line.includes('2026-09-30'))).toEqual(
      tables.map((line) => expect.stringContaining(line)),
    )
    expect(found.summary.left).toBe(found.summary.differing)
    const told = new Map(found.reports.map(({ table, day, differences }) => [`${table} ${day}`, differences]))
    expect(told.get('rollup_models 2026-10-01')).toEqual([
      { key: 'prod / real / alpha / a2', column: 'spend', stored: '0.040000000000000001', expected: '0.04' },
    ])
    expect(told.get('rollup_prompts 2026-10-01')?.[0]).toEqual({
      key: 'prod / real / v2',
      column: 'rows',
      stored: '0',
      expected: '1',
    })
    expect(told.get('rollup_users 2026-10-02')).toEqual([
      { key: 'prod / real / 1', column: 'rows', stored: '1', expected: '0' },
    ])
    expect(told.get('rollup_endpoints 2026-10-02')?.[0]).toMatchObject({ column: 'latency' })

    const repaired = await verify(true)
    expect(new Set(repaired.reports.map(({ state }) => state))).toEqual(new Set(['agrees', 'repaired']))
    // One user is there on two days; the first of them mends the name for both.
    expect(repaired.summary).toMatchObject({ differing: found.summary.differing - 1, left: 0 })
    expect(differing((await verify(false)).reports)).toEqual([])
  })
})
