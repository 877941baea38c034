import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findWorkspace } from '@/db/postgres/queries/workspaces'
import { ingestEvents } from '@/lib/events/ingest'
import { type AccessFixture, mintAccess } from '@/lib/members/access-fixture'
import type { Scope } from '@/lib/metrics/plan'
import { parseQuery, type QueryInput } from '@/lib/metrics/query-schema'
import type { ResultRow } from '@/lib/metrics/result'
import { runQuery } from '@/lib/metrics/run'
import { scopesForWorkspaces } from '@/lib/metrics/scope'
import { addDecimals, subtractDecimals } from '@/lib/money'
import { contractForm } from '@/lib/pricing/contract-form'
import { addContract, previewContract, previewRevocation, revokeContract } from '@/lib/pricing/manage-contracts'
import type { PricePreview } from '@/lib/pricing/price-preview'
import { settlePriceChanges } from '@/lib/pricing/settle-fixture'

const NOW = new Date('2026-11-10T12:00:00Z')
const RANGE = { from: '2026-01-01T00:00:00Z', to: '2026-12-01T00:00:00Z' }

let access: AccessFixture
let scope: Scope
const known = 'gpt-4o'
const unknown = `mystery-${randomUUID().slice(0, 8)}x`

afterAll(settlePriceChanges)

beforeAll(async () => {
  access = await mintAccess()
  const events = Array.from({ length: 60 }, (_, index) => ({
    externalRequestId: randomUUID(),
    provider: 'openai',
    model: index % 3 === 0 ? unknown : known,
    timestamp: Date.parse('2026-08-20T00:00:00Z') + index * 25 * 3_600_000,
    inputTokens: 1_000 + index * 7_919,
    outputTokens: (index * 104_729) % 997,
    cacheReadTokens: index * 13,
    serviceTier: index % 7 === 0 ? 'batch' : 'standard',
    ...(index % 10 === 0 ? { costUsd: '0.123' } : {}),
  }))
  const result = await ingestEvents({
    workspace: { id: access.workspaceId },
    apiKeyId: 0,
    defaults: { environment: 'prod', dataMode: 'real' },
    events,
    receivedAt: NOW,
    mode: 'import',
  })
  expect(result.accepted).toBe(events.length)
  const workspace = await findWorkspace(access.workspaceId)
  if (!workspace) throw new Error('no workspace')
  const [only] = await scopesForWorkspaces([workspace])
  if (!only) throw new Error('no scope')
  scope = only
})

const ask = (question: Partial<QueryInput> = {}) =>
  runQuery(parseQuery({ measures: ['spend', 'attempts', 'unknownModelRatio'], ...RANGE, ...question }), scope, NOW)

type Figures = { totals: ResultRow; unpriced: string; months: [string, unknown][]; models: [unknown, unknown][] }

/** What the screens say, by the questions that they ask. */
async function figures(): Promise<Figures> {
  const [whole, months, models] = await Promise.all([
    ask(),
    ask({ dimensions: ['time'], granularity: 'month' }),
    ask({ dimensions: ['model'] }),
  ])
  return {
    totals: whole.totals,
    unpriced: whole.meta.unpricedAttempts,
    months: months.rows
      .filter(({ attempts }) => attempts !== '0')
      .map(({ time, spend }) => [String(time).slice(0, 7), spend]),
    models: models.rows.map(({ model, spend }): [unknown, unknown] => [model, spend]).sort(),
  }
}

function expectFigures(preview: PricePreview, side: 'before' | 'after', found: Figures): void {
  const { spend, attempts, unknownModelRatio, unpricedAttempts } = preview[side]
  expect({ spend, attempts, unknownModelRatio }).toEqual(found.totals)
  expect(unpricedAttempts).toBe(found.unpriced)
  expect(preview.months.map((row) => [row.month, row[side]])).toEqual(found.months)
  const spendOf = new Map(found.models)
  for (const row of preview.models) expect(row[side]).toBe(spendOf.get(row.model))
}

const price = fc.integer({ min: 0, max: 99_999_999 }).map((digits) => (digits / 10_000).toFixed(4))
const day = fc.integer({ min: 0, max: 90 }).map((days) => {
  return new Date(Date.parse('2026-08-15T00:00:00Z') + days * 86_400_000).toISOString().slice(0, 10)
})
const form = fc
  .record({
    model: fc.constantFrom(known, unknown),
    serviceTier: fc.constantFrom('standard', 'batch'),
    price_inputUncached: price,
    price_output: price,
    price_cacheRead: fc.oneof(fc.constant(''), price),
    contextAbove: fc.constantFrom('', '100000'),
    effectiveFrom: fc.oneof(fc.constant(''), day),
    effectiveTo: fc.constantFrom('', '2026-11-20'),
    dailyFrom: fc.constant(''),
  })
  .map((fields) => contractForm.parse({ ...fields, provider: 'openai', reason: 'a property' }))

describe('the preview of a change of prices', () => {
  it('equals the figures after it was made, and its undoing brings back every digit', async () => {
    const editor = access.people.editor
    await fc.assert(
      fc.asyncProperty(form, async (input) => {
        const before = await figures()
        const preview = await previewContract(editor, access.slug, input, NOW)
        expectFigures(preview, 'before', before)

        const id = await addContract(editor, access.slug, input)
        const after = await figures()
        expectFigures(preview, 'after', after)
        expect(preview.newlyPriced).toBe(subtractDecimals(before.unpriced, after.unpriced))

        const undo = await previewRevocation(editor, access.slug, id, NOW)
        expectFigures(undo, 'before', after)
        expectFigures(undo, 'after', before)
        await revokeContract(editor, access.slug, id, 'the property is shown')
        expect(await figures()).toEqual(before)
      }),
      { numRuns: 3 },
    )
  }, 180_000)

  it('counts attempts of an unknown model as newly priced', async () => {
    const input = contractForm.parse({
      ...{ provider: 'OpenAI', model: unknown.toUpperCase(), reason: 'known now' },
      ...{ price_inputUncached: '1', price_output: '2' },
    })
    const preview = await previewContract(access.people.editor, access.slug, input, NOW)
    expect(preview.before.unknownModelRatio).toBe('0.333333333333333333')
    expect(preview.after.unknownModelRatio).toBe('0')
    expect(Number(preview.newlyPriced)).toBeGreaterThan(10)
    expect(preview.models.map(({ model }) => model)).toEqual([unknown])
    expect(preview.workspaces).toEqual([access.slug])
    expect(preview.scopeText).toBe('prod, real')
    const sum = addDecimals(preview.months.map(({ after }) => after))
    expect(sum).toBe(preview.after.spend)
  })

  it('takes a discount off the list, and refuses one where the list has no price', async () => {
    const fields = { provider: 'openai', kind: 'discount', discountPercent: '50', reason: 'half' }
    const preview = await previewContract(
      access.people.editor,
      access.slug,
      contractForm.parse({ ...fields, model: known }),
      NOW,
    )
    expect(Number(preview.after.spend)).toBeLessThan(Number(preview.before.spend))
    await expect(
      previewContract(access.people.editor, access.slug, contractForm.parse({ ...fields, model: unknown }), NOW),
    ).rejects.toThrow(/nothing to discount/)
  })

  it('covers every workspace for the whole organisation, which is for its admins', async () => {
    const input = contractForm.parse({
      ...{ provider: 'openai', model: unknown, reason: 'for all', scope: 'organization' },
      ...{ price_inputUncached: '3' },
    })
    await expect(previewContract(access.people.owner, access.slug, input, NOW)).rejects.toMatchObject({
      code: 'forbidden',
    })
    await expect(addContract(access.people.owner, access.slug, input)).rejects.toMatchObject({ code: 'forbidden' })
    const admin = access.people.organizationAdmin
    const preview = await previewContract(admin, access.slug, input, NOW)
    expect(preview.workspaces).toContain(access.slug)
    expect(preview.workspaces).toContain(access.foreignSlug)
    const id = await addContract(admin, access.slug, input)
    await expect(revokeContract(access.people.owner, access.slug, id, 'mine')).rejects.toMatchObject({
      code: 'forbidden',
    })
    await revokeContract(admin, access.slug, id, 'the test is over')
  })

  it('is refused to viewers and strangers, and no contract of another workspace can be undone', async () => {
    const input = contractForm.parse({ provider: 'openai', model: unknown, reason: 'x', price_inputUncached: '3' })
    for (const [name, code] of [
      ['viewer', 'forbidden'],
      ['stranger', 'not_found'],
    ] as const) {
      const person = access.people[name]
      await expect(previewContract(person, access.slug, input, NOW)).rejects.toMatchObject({ code })
      await expect(addContract(person, access.slug, input)).rejects.toMatchObject({ code })
    }
    const id = await addContract(access.people.editor, access.slug, input)
    await expect(revokeContract(access.people.stranger, access.foreignSlug, id, 'not mine')).rejects.toMatchObject({
      code: 'not_found',
    })
    await revokeContract(access.people.editor, access.slug, id, 'the test is over')
    await expect(revokeContract(access.people.editor, access.slug, id, 'again')).rejects.toMatchObject({
      code: 'not_found',
    })
  })
})
