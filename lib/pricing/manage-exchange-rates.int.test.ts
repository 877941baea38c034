import { randomUUID } from 'node:crypto'
import { desc, eq } from 'drizzle-orm'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { postgres } from '@/db/postgres/client'
import { listContracts } from '@/db/postgres/queries/contract-prices'
import { auditLog } from '@/db/postgres/schema'
import { type AccessFixture, mintAccess } from '@/lib/members/access-fixture'
import { contractForm } from '@/lib/pricing/contract-form'
import { currentPriceBooks } from '@/lib/pricing/current-prices'
import { addContract, previewContract, revokeContract } from '@/lib/pricing/manage-contracts'
import { addRates, requireRate } from '@/lib/pricing/manage-exchange-rates'
import { settlePriceChanges } from '@/lib/pricing/settle-fixture'

const NOW = new Date('2026-11-10T12:00:00Z')
const letters = () => String.fromCharCode(65 + Math.floor(Math.random() * 26))
/** A currency that no other test knows. */
const currency = `Q${letters()}${letters()}`
const model = `foreign-${randomUUID().slice(0, 8)}x`

let access: AccessFixture

afterAll(settlePriceChanges)

beforeAll(async () => {
  access = await mintAccess()
})

const form = (changes: Record<string, string> = {}) =>
  contractForm.parse({
    ...{ provider: 'acme', model, reason: 'in their currency', currency, effectiveFrom: '2026-10-05' },
    ...{ price_inputUncached: '2', price_output: '8' },
    ...changes,
  })

it('a price of another currency is converted by the rate of its first day, which is kept', async () => {
  const { organizationAdmin, editor } = access.people
  await expect(previewContract(editor, access.slug, form(), NOW)).rejects.toThrow(/No exchange rate/)
  await expect(addContract(editor, access.slug, form())).rejects.toMatchObject({ code: 'invalid_query' })

  const rate = (day: string, rateToUsd: string) => ({ currency, day, rateToUsd, source: 'a bank' })
  await addRates(organizationAdmin, [rate('2026-10-01', '1.5'), rate('2026-10-06', '9')])
  expect(await requireRate(currency, '2026-10-05')).toMatchObject({ rateToUsd: '1.5', isEarlier: true })
  expect(await previewContract(editor, access.slug, form(), NOW)).toMatchObject({
    note: `Prices in ${currency} × 1.5 USD, the rate of 2026-10-01, the last before 2026-10-05 (a bank).`,
  })
  const id = await addContract(editor, access.slug, form())
  await addRates(organizationAdmin, [rate('2026-10-05', '1.25')])
  expect(await requireRate(currency, '2026-10-05')).toMatchObject({ rateToUsd: '1.25', isEarlier: false })

  const [stored] = await listContracts(access.workspaceId)
  expect(stored).toMatchObject({
    id,
    unitPrices: { inputUncached: '0.000003', output: '0.000012' },
    given: {
      ...{ currency, rateToUsd: '1.5', rateDay: '2026-10-01' },
      unitPrices: { inputUncached: '0.000002', output: '0.000008' },
    },
  })
  const rows = (await currentPriceBooks()).indexOf(access.workspaceId).rowsOf('acme', model)
  expect(rows.map(({ unitPrices }) => unitPrices)).toEqual([{ inputUncached: '0.000003', output: '0.000012' }])
  await revokeContract(editor, access.slug, id, 'the test is over')
})

it('rates are entered by organisation admins, with an entry in the audit log', async () => {
  const rate = { currency, day: '2026-09-01', rateToUsd: '1.1', source: 'a bank' }
  await expect(addRates(access.people.owner, [rate])).rejects.toMatchObject({ code: 'forbidden' })
  await expect(requireRate(currency, '2026-09-30')).rejects.toThrow(/or before/)
  await addRates(access.people.organizationAdmin, [rate])
  const [entry] = await postgres()
    .select()
    .from(auditLog)
    .where(eq(auditLog.action, 'exchange_rate.added'))
    .orderBy(desc(auditLog.id))
    .limit(1)
  expect(entry).toMatchObject({
    actorName: access.people.organizationAdmin.email,
    targetName: `${currency} of 2026-09-01`,
    after: { rates: [`${currency} 2026-09-01 1.1 a bank`] },
  })
})
