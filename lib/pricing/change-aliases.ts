import 'server-only'
import { z } from 'zod'
import { withPostgres } from '@/db/postgres/client'
import { findLiveContracts, type Reader } from '@/db/postgres/queries/contract-prices'
import { findLiveAliases, insertAlias, markAliasRevoked, type StoredAlias } from '@/db/postgres/queries/model-aliases'
import { insertPriceChanges, lockPriceBook } from '@/db/postgres/queries/price-changes'
import { type Actor, recordAudit } from '@/lib/audit/record-audit'
import { AppError } from '@/lib/errors'
import { type AliasDraft, type AliasDraftInput, aliasDraft, aliasReason } from '@/lib/pricing/alias-input'
import { refreshPrices } from '@/lib/pricing/current-prices'
import { type AliasChange, findAliasChanges, type ModelAlias } from '@/lib/pricing/model-aliases'
import { normaliseModel } from '@/lib/pricing/normalise-model'
import { type OpenPriceChange, toBook } from '@/lib/pricing/open-price-change'
import { ANY_WORKSPACE, layerRows } from '@/lib/pricing/price-layers'
import { publishPriceChanges } from '@/lib/pricing/publish-price-changes'
import { readPriceBooks } from '@/lib/pricing/read-price-books'

/** Stands for the id of an alias that nobody has added. */
const NEWEST_ID = 2_147_483_647

/**
 * Adds an alias: from when this returns, every figure names and prices what was sent so by it, whatever is stored.
 * @returns the alias's id
 * @throws AppError `invalid_query` when the input says what no alias can be, or changes nothing; `unavailable` when a store
 *   does not answer: if the alias was stored (it is listed then), it takes effect as soon as both do.
 */
export async function addModelAlias(input: AliasDraftInput, reason: string, actor: Actor): Promise<number> {
  const draft = parseDraft(input)
  const why = parseReason(reason)
  const id = await withPostgres((db) =>
    db.transaction(async (tx) => {
      await lockPriceBook(tx)
      const { alias, before, after } = await planAddition(tx, draft)
      const changes = await findChanges(tx, alias, before, after)
      assertChanges(changes)
      const stored = await insertAlias(tx, {
        ...alias,
        reason: why,
        authorName: actor.name,
        authorId: actor.kind === 'user' ? actor.id : null,
      })
      await insertPriceChanges(tx, changes.map(toDraft(alias)))
      await recordAudit(
        {
          actor,
          workspaceId: alias.workspaceId,
          action: 'model_alias.added',
          target: { kind: 'model_alias', id: String(stored), name: `${alias.rawProvider}/${alias.rawModel}` },
          after: { ...alias, reason: why },
        },
        tx,
      )
      return stored
    }),
  )
  await takeEffect()
  return id
}

/**
 * Undoes an alias; it stays in the list, as revoked. What it named has again the name that it would have without it.
 * @param workspaceId whose alias it must be; an alias of all workspaces is revoked with null
 * @throws AppError `not_found` when no such alias is in force; `invalid_query` without a reason; `unavailable` as for
 *   {@link addModelAlias}.
 */
export async function revokeModelAlias(
  id: number,
  workspaceId: number | null,
  reason: string,
  actor: Actor,
): Promise<void> {
  const why = parseReason(reason)
  await withPostgres((db) =>
    db.transaction(async (tx) => {
      await lockPriceBook(tx)
      const { alias, before, after } = await planRevocation(tx, id, workspaceId)
      await markAliasRevoked(tx, id, { name: actor.name, reason: why })
      const changes = await findChanges(tx, alias, before, after)
      await insertPriceChanges(tx, changes.map(toDraft(alias)))
      await recordAudit(
        {
          actor,
          workspaceId: alias.workspaceId,
          action: 'model_alias.revoked',
          target: { kind: 'model_alias', id: String(id), name: `${alias.rawProvider}/${alias.rawModel}` },
          after: { reason: why },
        },
        tx,
      )
    }),
  )
  await takeEffect()
}

/**
 * What adding an alias would change, for `runQuery` to answer under; nothing is stored.
 * @throws AppError as {@link addModelAlias}.
 */
export async function assumeAlias(input: AliasDraftInput): Promise<OpenPriceChange[]> {
  const draft = parseDraft(input)
  return await withPostgres(async (db) => {
    const { alias, before, after } = await planAddition(db, draft)
    const changes = await findChanges(db, alias, before, after)
    assertChanges(changes)
    return await toAssumed(db, alias, changes)
  })
}

/**
 * What revoking an alias would change, as {@link assumeAlias}.
 * @throws AppError as {@link revokeModelAlias}.
 */
export async function assumeRevocation(id: number, workspaceId: number | null): Promise<OpenPriceChange[]> {
  return await withPostgres(async (db) => {
    const { alias, before, after } = await planRevocation(db, id, workspaceId)
    return await toAssumed(db, alias, await findChanges(db, alias, before, after))
  })
}

function parseDraft(input: AliasDraftInput): AliasDraft {
  const parsed = aliasDraft.safeParse(input)
  if (parsed.success) return parsed.data
  throw new AppError('invalid_query', parsed.error.issues[0]?.message ?? 'Check the alias.', {
    details: { issues: z.flattenError(parsed.error) },
  })
}

function parseReason(reason: string): string {
  const parsed = aliasReason.safeParse(reason)
  if (parsed.success) return parsed.data
  throw new AppError('invalid_query', parsed.error.issues[0]?.message ?? 'Say why.')
}

/** An alias leads to a name that has a price: a mistyped one would only be another unknown model. */
async function planAddition(db: Reader, draft: AliasDraft) {
  const named = normaliseModel(draft.provider, draft.model)
  const names = [draft, { provider: named.provider, model: named.model }].map(({ provider, model }) => ({
    provider,
    model,
  }))
  const books = await readPriceBooks(db)
  const name = names.find((each) =>
    books.indexOf(draft.workspaceId ?? ANY_WORKSPACE).isKnownModel(each.provider, each.model),
  )
  if (!name) {
    throw new AppError(
      'invalid_query',
      `${draft.provider}/${draft.model} has no price. Choose a model of the price book, or add a price for it first.`,
    )
  }
  const alias = { ...draft, ...name }
  const before = await findLiveAliases(db, alias)
  return { alias, before, after: [...before, { ...alias, id: NEWEST_ID }] }
}

async function planRevocation(
  db: Reader,
  id: number,
  workspaceId: number | null,
): Promise<{ alias: StoredAlias; before: StoredAlias[]; after: StoredAlias[] }> {
  const alias = (await findLiveAliases(db)).find((live) => live.id === id && live.workspaceId === workspaceId)
  if (!alias) throw new AppError('not_found', `No alias ${id} is in force.`)
  const before = await findLiveAliases(db, alias)
  return { alias, before, after: before.filter((live) => live.id !== id) }
}

async function findChanges(
  db: Reader,
  raw: { rawProvider: string; rawModel: string },
  before: readonly ModelAlias[],
  after: readonly ModelAlias[],
): Promise<AliasChange[]> {
  const contracts = await findLiveContracts(db)
  return findAliasChanges(raw, before, after, ({ provider, model }) =>
    contracts.flatMap((contract) =>
      contract.workspaceId !== null && contract.provider === provider && contract.model === model
        ? [contract.workspaceId]
        : [],
    ),
  )
}

function assertChanges(changes: readonly AliasChange[]): void {
  if (changes.length > 0) return
  throw new AppError('invalid_query', 'That is what the name stands for already. There is nothing to add.')
}

const toDraft =
  ({ rawProvider, rawModel }: { rawProvider: string; rawModel: string }) =>
  ({ workspaceId, provider, model, fromMs, toMs }: AliasChange) => ({
    workspaceId,
    provider,
    model,
    rawProvider,
    rawModel,
    affectedFrom: fromMs === null ? null : new Date(fromMs),
    affectedTo: toMs === null ? null : new Date(toMs),
    cause: 'alias' as const,
  })

async function toAssumed(
  db: Reader,
  { rawProvider, rawModel }: { rawProvider: string; rawModel: string },
  changes: readonly AliasChange[],
): Promise<OpenPriceChange[]> {
  const books = await readPriceBooks(db)
  return changes.map(({ workspaceId, provider, model, fromMs, toMs }, at) => ({
    changeId: Number.MAX_SAFE_INTEGER - changes.length + at,
    workspaceId,
    provider,
    model,
    raw: { provider: rawProvider, model: rawModel },
    affectedFromMs: fromMs,
    affectedToMs: toMs,
    rows: toBook(layerRows(books.bookOf(provider, model), workspaceId)),
  }))
}

async function takeEffect(): Promise<void> {
  await publishPriceChanges()
  await refreshPrices()
}
