import 'server-only'
import { withPostgres } from '@/db/postgres/client'
import { findLiveContracts, type StoredContract } from '@/db/postgres/queries/contract-prices'
import { listWorkspaces } from '@/db/postgres/queries/workspaces'
import { actorOf, authorizeChange, authorizeOrganization, type Person } from '@/lib/auth/person'
import type { Membership } from '@/lib/auth/workspace-access'
import { AppError } from '@/lib/errors'
import type { Scope } from '@/lib/metrics/plan'
import { scopeForWorkspace, scopesForWorkspaces } from '@/lib/metrics/scope'
import { type AssumedBook, assumePriceChanges } from '@/lib/pricing/assume-price-change'
import { addContractPrice, assertPrices, revokeContractPrice } from '@/lib/pricing/change-prices'
import type { ContractForm } from '@/lib/pricing/contract-form'
import { type ContractInput, parseContractInput } from '@/lib/pricing/contract-input'
import { currentPriceBooks } from '@/lib/pricing/current-prices'
import { convertPrice, convertPrices } from '@/lib/pricing/exchange-rates'
import { requireRate } from '@/lib/pricing/manage-exchange-rates'
import { normaliseModel } from '@/lib/pricing/normalise-model'
import { previewPriceChange } from '@/lib/pricing/preview-price-change'
import type { ModelBook } from '@/lib/pricing/price-layers'
import type { PricePreview } from '@/lib/pricing/price-preview'
import { readModelBook } from '@/lib/pricing/read-price-books'
import { spreadVolumes } from '@/lib/pricing/spread-volumes'
import { mapTierPrices } from '@/lib/pricing/volume-tiers'

/** Of a contract that nobody has stored: the newest of all. */
const DRAFT = { id: Number.MAX_SAFE_INTEGER, createdAt: new Date(8.64e15) }

/**
 * Adds a contract price of a workspace, or of the whole organisation, as the form says; it takes effect at once.
 * @returns the contract's id
 * @throws AppError `not_found`, `forbidden` (the whole organisation is for organisation admins), `conflict`,
 *   `invalid_query`, `unavailable`.
 */
export async function addContract(person: Person, slug: string, form: ContractForm): Promise<number> {
  const { input } = await resolveForm(person, slug, form)
  return addContractPrice(input, actorOf(person))
}

/**
 * By how much which figures would move if {@link addContract} were called; nothing is stored.
 * @throws AppError as {@link addContract}.
 */
export async function previewContract(
  person: Person,
  slug: string,
  form: ContractForm,
  now: Date,
): Promise<PricePreview> {
  const { input, membership, note } = await resolveForm(person, slug, form)
  const contract = parseContractInput(input)
  const { before, after } = await assumeContracts(
    contract,
    (contracts) => [...contracts, { ...contract, ...DRAFT }],
    now,
  )
  assertPrices(DRAFT.id, contract.workspaceId, after)
  return { ...(await preview(membership, contract, [{ ...placeOf(contract), before, after }], now)), note }
}

/**
 * Undoes a contract price of a workspace, or one of the organisation.
 * @throws AppError as {@link addContract}; `not_found` also when no such contract is in force.
 */
export async function revokeContract(person: Person, slug: string, id: number, reason: string): Promise<void> {
  await requireContract(person, slug, id)
  await revokeContractPrice(id, actorOf(person), reason)
}

/**
 * By how much which figures would move if {@link revokeContract} were called; nothing is changed.
 * @throws AppError as {@link revokeContract}.
 */
export async function previewRevocation(person: Person, slug: string, id: number, now: Date): Promise<PricePreview> {
  const { contract, membership } = await requireContract(person, slug, id)
  const { before, after } = await assumeContracts(
    contract,
    (contracts) => contracts.filter((each) => each.id !== id),
    now,
  )
  return preview(membership, contract, [{ ...placeOf(contract), before, after }], now)
}

/** A model's book as it is, and as it would be with other contracts. */
async function assumeContracts(
  place: { provider: string; model: string },
  change: (contracts: ModelBook['contracts']) => ModelBook['contracts'],
  now: Date,
): Promise<{ before: ModelBook; after: ModelBook }> {
  return withPostgres(async (db) => {
    const before = await readModelBook(db, place)
    const after = { ...before, contracts: change(before.contracts) }
    return { before, after: await spreadVolumes(db, placeOf(place), before, after, now) }
  })
}

function placeOf({ provider, model }: { provider: string; model: string }) {
  return { provider, model }
}

async function preview(
  { workspace }: Membership,
  { workspaceId }: { workspaceId: number | null },
  books: readonly AssumedBook[],
  now: Date,
): Promise<PricePreview> {
  const scopes = workspaceId === null ? await scopesOfOrganization() : [await scopeForWorkspace(workspace)]
  return previewPriceChange(assumePriceChanges(books), scopes, now)
}

/** Every workspace, archived ones too: their figures are still read. */
async function scopesOfOrganization(): Promise<Scope[]> {
  return scopesForWorkspaces(await listWorkspaces())
}

async function resolveForm(
  person: Person,
  slug: string,
  { scope, currency, contract }: ContractForm,
): Promise<{ input: ContractInput; membership: Membership; note: string | null }> {
  const membership = await authorizeChange(person, slug, 'editPrices')
  if (scope === 'organization') await authorizeOrganization(person)
  const workspaceId = scope === 'organization' ? null : membership.workspace.id
  const { note, ...converted } = await convert(currency, contract)
  const place = await canonicalPlace(contract, membership)
  return { input: { ...contract, ...converted, ...place, workspaceId }, membership, note }
}

/** Terms in USD, with what they were before. */
async function convert(
  currency: string,
  { terms, effectiveFrom }: ContractForm['contract'],
): Promise<Pick<ContractInput, 'terms' | 'given'> & { note: string | null }> {
  if (currency === 'USD' || terms.kind === 'discount' || effectiveFrom === null) return { terms, note: null }
  const firstDay = effectiveFrom.toISOString().slice(0, 10)
  const { rateToUsd, day, isEarlier, source } = await requireRate(currency, firstDay)
  const mark = isEarlier ? `, the last before ${firstDay}` : ''
  const agreed = { currency, rateToUsd, rateDay: day }
  return {
    ...(terms.kind === 'prices'
      ? {
          terms: { kind: 'prices', unitPrices: { ...convertPrices(terms.unitPrices, rateToUsd) } },
          given: { ...agreed, unitPrices: { ...terms.unitPrices } },
        }
      : {
          terms: { kind: 'volume', tiers: mapTierPrices(terms.tiers, (price) => convertPrice(price, rateToUsd)) },
          given: { ...agreed, unitPrices: {}, volumeTiers: terms.tiers },
        }),
    note: `Prices in ${currency} × ${rateToUsd} USD, the rate of ${day}${mark} (${source}).`,
  }
}

/** Names as the ledger stores them: the catalogue's, else what ingestion makes of them. */
async function canonicalPlace(
  { provider, model }: { provider: string; model: string },
  { workspace }: Membership,
): Promise<{ provider: string; model: string }> {
  const index = (await currentPriceBooks()).indexOf(workspace.id)
  if (index.isKnownModel(provider, model)) return { provider, model }
  return placeOf(normaliseModel(provider, model))
}

async function requireContract(
  person: Person,
  slug: string,
  id: number,
): Promise<{ contract: StoredContract; membership: Membership }> {
  const membership = await authorizeChange(person, slug, 'editPrices')
  const contract = (await withPostgres((db) => findLiveContracts(db))).find((live) => live.id === id)
  const isHere = contract && (contract.workspaceId === null || contract.workspaceId === membership.workspace.id)
  if (!isHere) throw new AppError('not_found', `No contract price ${id} is in force here.`)
  if (contract.workspaceId === null) await authorizeOrganization(person)
  return { contract, membership }
}
