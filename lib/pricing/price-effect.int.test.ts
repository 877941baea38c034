import { randomUUID } from 'node:crypto'
import Decimal from 'decimal.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ingestEvents } from '@/lib/events/ingest'
import { mintWorkspace } from '@/lib/events/ingest-fixture'
import { exportAttempts } from '@/lib/exports/export-attempts'
import type { CsvExport } from '@/lib/exports/export-rows'
import { exportRows } from '@/lib/exports/export-rows'
import { readHealth } from '@/lib/health/read-health'
import { reconcileWorkspace } from '@/lib/ledger/reconcile'
import type { Scope, ScopeWorkspace } from '@/lib/metrics/plan'
import { parseQuery } from '@/lib/metrics/query-schema'
import { runQuery } from '@/lib/metrics/run'
import { addContractPrice, applyPriceList, revokeContractPrice } from '@/lib/pricing/change-prices'
import type { ContractInput } from '@/lib/pricing/contract-input'
import { createPriceBook, loadListPriceBook, type PriceRow, type UnitPrices } from '@/lib/pricing/price-book'
import { restampOpenChanges } from '@/lib/pricing/restamp'
import { settlePriceChanges } from '@/lib/pricing/settle-fixture'
import { syncPriceBook } from '@/lib/pricing/sync-price-book'
import { listRequests } from '@/lib/requests/list-requests'

const ACTOR = { kind: 'system' as const, name: 'the tests' }
const NOW = new Date('2026-10-20T12:00:00Z')
const FROM = '2026-10-01T00:00:00Z'
const TO = '2026-10-13T00:00:00Z'
const SPAN = { fromMs: Date.parse(FROM), toMs: Date.parse(TO) }
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** Where a price begins to hold in these tests: within a day, and between attempts. */
const BORDER_MS = SPAN.fromMs + 5 * DAY_MS + 7 * HOUR_MS + 1

const Exact = Decimal.clone({ precision: 100 })

/** Price by token, as the tests' own computation takes it. */
type Price = { input: string; output: string }
type Sent = {
  tsMs: number
  model: string
  endpoint: string
  user: string
  team: string
  status: string
  input: number
  output: number | undefined
  reported: string | undefined
}

/** 240 attempts of as many requests, one every hour and some minutes, of two models in turns of three. */
function makeAttempts(models: readonly [string, string]): Sent[] {
  return Array.from({ length: 240 }, (_, index) => ({
    tsMs: SPAN.fromMs + index * 70 * 60_000 + (index % 7) * 1_234,
    model: index % 3 === 0 ? models[1] : models[0],
    endpoint: `/e${index % 4}`,
    user: `u${index % 11}`,
    team: index % 2 === 0 ? 'red' : 'blue',
    status: index % 10 === 0 ? 'error' : 'success',
    input: 100 + ((index * 7919) % 9_973),
    output: index % 12 === 5 ? undefined : (index * 104_729) % 997,
    reported: index % 9 === 4 ? `0.0${index}` : undefined,
  }))
}

/** What an attempt costs; null where nobody says. */
function costOf(sent: Sent, priceOf: (sent: Sent) => Price | null): Decimal | null {
  if (sent.reported !== undefined) return new Exact(sent.reported)
  const price = priceOf(sent)
  if (price === null || sent.output === undefined) return null
  return new Exact(price.input).times(sent.input).plus(new Exact(price.output).times(sent.output))
}

const plain = (sum: Decimal): string => sum.toFixed()

class Expected {
  constructor(
    private readonly attempts: readonly Sent[],
    private readonly priceOf: (sent: Sent) => Price | null,
  ) {}

  /** Spend by what `keyOf` says; a key of which nothing has a cost has null. */
  by(keyOf: (sent: Sent) => string, among: (sent: Sent) => boolean = () => true): Record<string, string | null> {
    const sums = new Map<string, Decimal | null>()
    for (const sent of this.attempts.filter(among)) {
      const key = keyOf(sent)
      const cost = costOf(sent, this.priceOf)
      const known = sums.get(key) ?? null
      sums.set(key, cost === null ? known : (known ?? new Exact(0)).plus(cost))
    }
    return Object.fromEntries([...sums].map(([key, sum]) => [key, sum && plain(sum)]))
  }

  total(among?: (sent: Sent) => boolean): string | null {
    return this.by(() => '', among)[''] ?? null
  }

  unpricedTokens(): string {
    const unpriced = this.attempts.filter((sent) => costOf(sent, this.priceOf) === null)
    return String(unpriced.reduce((sum, { input, output }) => sum + input + (output ?? 0), 0))
  }

  unknownModels(): number {
    return this.attempts.filter((sent) => this.priceOf(sent) === null).length
  }

  coverage(): number {
    return this.attempts.filter((sent) => costOf(sent, this.priceOf) !== null).length
  }
}

class Ledger {
  private constructor(
    readonly workspace: ScopeWorkspace,
    readonly attempts: readonly Sent[],
  ) {}

  static async mint(models: readonly [string, string]): Promise<Ledger> {
    const { workspaceId } = await mintWorkspace()
    const attempts = makeAttempts(models)
    const result = await ingestEvents({
      workspace: { id: workspaceId },
      apiKeyId: 0,
      defaults: { environment: 'prod', dataMode: 'real' },
      events: attempts.map(({ tsMs, model, endpoint, user, team, status, input, output, reported }, index) => ({
        externalRequestId: `r${index}`,
        provider: 'acme',
        model,
        endpointTag: endpoint,
        userId: user,
        tags: { team },
        status,
        timestamp: tsMs,
        inputTokens: input,
        outputTokens: output,
        costUsd: reported,
      })),
      receivedAt: NOW,
      mode: 'import',
    })
    expect(result.rejected).toEqual([])
    return new Ledger(
      {
        id: workspaceId,
        slug: `w${workspaceId}`,
        timeZone: 'UTC',
        currency: 'USD',
        fiscalYearStartMonth: 1,
        defaultEnvironments: ['prod'],
        defaultDataModes: ['real'],
        costPreference: 'reported',
        apiKeys: [],
      },
      attempts,
    )
  }

  get scope(): Scope {
    return { workspaces: [this.workspace] }
  }

  async ask(body: Record<string, unknown>) {
    return await runQuery(parseQuery({ from: FROM, to: TO, ...body }), this.scope, NOW)
  }

  build(): Promise<number> {
    return reconcileWorkspace(this.workspace, SPAN, { now: NOW, quietMs: 0 })
  }

  /** Compares every kind of question, list and export with what the attempts cost by `priceOf`. */
  async check(priceOf: (sent: Sent) => Price | null, sources: readonly string[]): Promise<void> {
    const expected = new Expected(this.attempts, priceOf)
    const spendBy = async (dimension: string, more: Record<string, unknown> = {}) => {
      const { rows } = await this.ask({ measures: ['spend'], dimensions: [dimension], ...more })
      return Object.fromEntries(rows.map((row) => [String(row[dimension]), normal(row.spend)]))
    }
    const { totals, meta } = await this.ask({
      measures: [
        'spend',
        'attempts',
        'unknownModelRatio',
        'pricingCoverage',
        'unpricedTokens',
        'waste',
        'costPerRequest',
      ],
    })
    expect(sources).toContain(meta.source)
    expect(normal(totals.spend)).toBe(expected.total())
    expect(totals.attempts).toBe('240')
    expect(Number(totals.unknownModelRatio)).toBeCloseTo(expected.unknownModels() / 240, 15)
    expect(Number(totals.pricingCoverage)).toBeCloseTo(expected.coverage() / 240, 15)
    expect(totals.unpricedTokens).toBe(expected.unpricedTokens())
    expect(normal(totals.waste)).toBe(expected.total(({ status }) => status === 'error'))
    expect(
      new Exact(String(totals.costPerRequest))
        .minus(new Exact(expected.total() ?? 0).div(240))
        .abs()
        .lt('1e-18'),
    ).toBe(true)

    const byEndpoint = expected.by(({ endpoint }) => endpoint)
    expect(await spendBy('endpoint')).toEqual(byEndpoint)
    expect(await spendBy('user')).toEqual(expected.by(({ user }) => user))
    expect(await spendBy('model')).toEqual(expected.by(({ model }) => model))
    expect(await spendBy('tag.team')).toEqual(expected.by(({ team }) => team))
    expect(await spendBy('status')).toEqual(expected.by(({ status }) => status))
    for (const granularity of ['day', 'hour'] as const) {
      const { rows } = await this.ask({ measures: ['spend'], dimensions: ['time'], granularity })
      const length = granularity === 'day' ? 10 : 13
      const found = rows
        .filter(({ spend }) => spend !== '0')
        .map(({ time, spend }) => [String(time).slice(0, length), normal(spend)])
      const wanted = expected.by(({ tsMs }) => new Date(tsMs).toISOString().slice(0, length))
      expect(Object.fromEntries(found)).toEqual(wanted)
    }
    const { rows: top } = await this.ask({ measures: ['spend'], dimensions: ['user'], limit: 3, other: true })
    expect(plain(sumOf(top.map(({ spend }) => spend)))).toBe(expected.total())
    const filters = [{ dimension: 'endpoint', operator: 'in', values: ['/e1'] }]
    const { totals: one } = await this.ask({ measures: ['spend'], filters })
    expect(normal(one.spend)).toBe(byEndpoint['/e1'])
    const compare = { from: new Date(SPAN.fromMs).toISOString(), to: new Date(SPAN.fromMs + 4 * DAY_MS).toISOString() }
    const { totals: both } = await this.ask({ measures: ['spend'], from: '2026-10-05T00:00:00Z', compare })
    const isEarly = ({ tsMs }: Sent) => tsMs < SPAN.fromMs + 4 * DAY_MS
    expect(normal(both.spend)).toBe(expected.total((sent) => !isEarly(sent)))
    expect(both.previous).toMatchObject({ spend: expect.anything() })

    const query = parseQuery({ from: FROM, to: TO, measures: ['spend'], dimensions: ['endpoint'] })
    const exported = await readAll(await exportRows(query, this.scope, NOW, { totals: false }))
    expect(Object.fromEntries(exported.map((row) => [row.endpoint, normal(row.spend)]))).toEqual(byEndpoint)
    const raw = await readAll(await exportAttempts(query, this.scope, NOW))
    expect(plain(sumOf(raw.map(({ costUsd }) => costUsd)))).toBe(expected.total() ?? '0')
    expect(raw.map(({ costBasis }) => costBasis)).toEqual(
      this.attempts.map((sent) =>
        sent.reported !== undefined ? 'reported' : costOf(sent, priceOf) === null ? 'unpriced' : 'priced',
      ),
    )
    const list = await listRequests(
      { scope: this.scope, query, sort: 'cost', limit: 240, cursor: null, externalRequestId: null },
      NOW,
    )
    expect(plain(sumOf(list.requests.map(({ costUsd }) => costUsd)))).toBe(expected.total() ?? '0')
    expect(list.requests[0]?.costUsd).toBe(dearest(this.attempts, priceOf))
    const kinds = new Set(list.requests.flatMap(({ attempts }) => attempts.map(({ price }) => price.kind)))
    expect([...kinds]).not.toContain('unexplained')
    const health = await readHealth(this.workspace.id, { from: new Date(SPAN.fromMs), to: new Date(SPAN.toMs) })
    expect(health.unknownUsageAttempts).toBe('20')
  }
}

function dearest(attempts: readonly Sent[], priceOf: (sent: Sent) => Price | null): string {
  return plain(Decimal.max(...attempts.map((sent) => costOf(sent, priceOf) ?? 0)))
}

function normal(value: unknown): string | null {
  return value === null || value === undefined ? null : plain(new Exact(String(value)))
}

function sumOf(values: readonly unknown[]): Decimal {
  return values.reduce<Decimal>((sum, value) => sum.plus(value === null ? 0 : String(value)), new Exact(0))
}

async function readAll({ columns, records }: CsvExport): Promise<Record<string, unknown>[]> {
  const rows: Record<string, unknown>[] = []
  for await (const record of records) {
    rows.push(Object.fromEntries(columns.map(({ name }, index) => [name, record[index] ?? null])))
  }
  return rows
}

const newModels = (): [string, string] => [`m-${randomUUID().slice(0, 8)}x`, `m-${randomUUID().slice(0, 8)}y`]

function listRow(model: string, { input, output }: Price): PriceRow {
  const unitPrices: UnitPrices = { inputUncached: input, output }
  return {
    id: `acme:${model}:standard:base:always`,
    provider: 'acme',
    model,
    serviceTier: 'standard',
    region: null,
    contextBand: 'base',
    effectiveFrom: null,
    effectiveTo: null,
    dailyFrom: null,
    dailyTo: null,
    unitPrices,
    source: 'test',
  }
}

const applyList = (...rows: PriceRow[]) =>
  applyPriceList(createPriceBook([...loadListPriceBook().rows, ...rows]), ACTOR)

function contract(model: string, { input, output }: Price, changes: Partial<ContractInput> = {}): ContractInput {
  return {
    workspaceId: null,
    provider: 'acme',
    model,
    terms: { kind: 'prices', unitPrices: { inputUncached: input, output } },
    reason: 'a test',
    ...changes,
  }
}

const LISTED: Price = { input: '0.000000123456789', output: '0.00000987654321' }
const AGREED: Price = { input: '0.000000100000000001', output: '0.000007' }
const LATER: Price = { input: '0.0000002', output: '0.0000111' }
const FRESH = ['attempts', 'mixed']
const CLEAN = ['rollup']

describe('a changed price', { timeout: 300_000 }, () => {
  beforeAll(() => applyPriceList(loadListPriceBook(), ACTOR))
  afterAll(async () => {
    await syncPriceBook(NOW)
    await settlePriceChanges()
  })

  it('shows everywhere at once, from rollups afterwards, and its undoing brings back every digit', async () => {
    const models = newModels()
    await applyList(...models.map((model) => listRow(model, LISTED)))
    const ledger = await Ledger.mint(models)
    const other = await Ledger.mint(models)
    const listed = () => LISTED
    await settlePriceChanges()
    for (const each of [ledger, other]) expect(await each.build()).toBe(12)
    await ledger.check(listed, CLEAN)
    const before = await ledger.ask({ measures: ['spend'], dimensions: ['endpoint'] })

    const own = contract(models[0], AGREED, { workspaceId: ledger.workspace.id, effectiveFrom: new Date(BORDER_MS) })
    const id = await addContractPrice(own, ACTOR)
    const agreed = ({ model, tsMs }: Sent) => (model === models[0] && tsMs >= BORDER_MS ? AGREED : LISTED)
    await ledger.check(agreed, ['mixed'])
    // A day that a change touches is not built, and other workspaces do not hear of it.
    expect(await ledger.build()).toBe(0)
    await ledger.check(agreed, ['mixed'])
    await other.check(listed, CLEAN)

    expect(await restampOpenChanges(0)).toMatchObject({ isHolder: true, closed: 0 })
    await ledger.check(agreed, ['mixed'])
    await settlePriceChanges()
    await ledger.check(agreed, ['mixed'])
    expect(await ledger.build()).toBe(7)
    await ledger.check(agreed, CLEAN)

    await revokeContractPrice(id, ACTOR, 'a mistake')
    await ledger.check(listed, ['mixed'])
    expect((await ledger.ask({ measures: ['spend'], dimensions: ['endpoint'] })).rows).toEqual(before.rows)
    await settlePriceChanges()
    expect(await ledger.build()).toBe(7)
    await ledger.check(listed, CLEAN)
    const after = await ledger.ask({ measures: ['spend'], dimensions: ['endpoint'] })
    expect({ rows: after.rows, totals: after.totals }).toEqual({ rows: before.rows, totals: before.totals })
    expect(await other.build()).toBe(0)
    await other.check(listed, CLEAN)
  })

  it('leaves the days alone that have no attempt of its model', async () => {
    const [models, others] = [newModels(), newModels()]
    await applyList(...[...models, ...others].map((model) => listRow(model, LISTED)))
    const [ledger, other] = [await Ledger.mint(models), await Ledger.mint(others)]
    await settlePriceChanges()
    for (const each of [ledger, other]) expect(await each.build()).toBe(12)
    const id = await addContractPrice(contract(models[0], AGREED), ACTOR)
    await other.check(() => LISTED, CLEAN)
    await ledger.check(({ model }) => (model === models[0] ? AGREED : LISTED), FRESH)
    await revokeContractPrice(id, ACTOR, 'a mistake')
    await other.check(() => LISTED, CLEAN)
    await settlePriceChanges()
  })

  it('of the list shows too, whatever is stored, also in part', async () => {
    const models = newModels()
    await applyList(...models.map((model) => listRow(model, LISTED)))
    const ledger = await Ledger.mint(models)
    await settlePriceChanges()
    await ledger.build()
    await ledger.check(() => LISTED, CLEAN)

    await applyList(listRow(models[0], LATER), listRow(models[1], LISTED))
    const later = ({ model }: Sent) => (model === models[0] ? LATER : LISTED)
    await ledger.check(later, FRESH)
    // A second change while the first is open.
    await applyList(listRow(models[0], LATER), listRow(models[1], AGREED))
    const latest = ({ model }: Sent) => (model === models[0] ? LATER : AGREED)
    await ledger.check(latest, FRESH)
    await settlePriceChanges()
    await ledger.check(latest, FRESH)
    await ledger.build()
    await ledger.check(latest, CLEAN)
  })

  it('for an unknown model makes it known and prices its history', async () => {
    const models = newModels()
    await applyList(listRow(models[0], LISTED))
    const ledger = await Ledger.mint(models)
    await settlePriceChanges()
    await ledger.build()
    const unknown = ({ model }: Sent) => (model === models[0] ? LISTED : null)
    await ledger.check(unknown, CLEAN)

    const id = await addContractPrice(contract(models[1], AGREED), ACTOR)
    const known = ({ model }: Sent) => (model === models[0] ? LISTED : AGREED)
    await ledger.check(known, FRESH)
    await settlePriceChanges()
    await ledger.build()
    await ledger.check(known, CLEAN)
    await revokeContractPrice(id, ACTOR, 'and back')
    await ledger.check(unknown, FRESH)
    await settlePriceChanges()
    await ledger.build()
    await ledger.check(unknown, CLEAN)
  })
})
