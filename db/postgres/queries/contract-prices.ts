import 'server-only'
import { and, asc, desc, eq, isNull, or, sql } from 'drizzle-orm'
import { z } from 'zod'
import { type postgres, withPostgres } from '@/db/postgres/client'
import { contractPrices } from '@/db/postgres/schema'

/** A connection or a transaction to read with. */
export type Reader = Pick<ReturnType<typeof postgres>, 'select' | 'execute'>
type Writer = Pick<ReturnType<typeof postgres>, 'insert' | 'update'>

const byClass = z.record(z.string(), z.string())
const volumeTiers = z.record(z.string(), z.array(z.object({ upTo: z.string().nullable(), unitPrice: z.string() })))
const volumeMonths = z.array(
  z.object({ month: z.string(), from: z.coerce.date(), to: z.coerce.date(), units: byClass, unitPrices: byClass }),
)

const contractRow = z.object({
  id: z.number(),
  workspaceId: z.number().nullable(),
  provider: z.string(),
  model: z.string(),
  serviceTier: z.string(),
  region: z.string().nullable(),
  contextBand: z.union([z.literal('base'), z.templateLiteral(['>', z.number()])]).nullable(),
  effectiveFrom: z.date().nullable(),
  effectiveTo: z.date().nullable(),
  dailyFrom: z.string().nullable(),
  dailyTo: z.string().nullable(),
  unitPrices: byClass.nullable(),
  discountPercent: z.string().nullable(),
  volumeTiers: volumeTiers.nullable(),
  volumeMonths: volumeMonths.nullable(),
  volumeCountedAt: z.date().nullable(),
  given: z
    .object({
      currency: z.string(),
      unitPrices: byClass,
      volumeTiers: volumeTiers.optional(),
      rateToUsd: z.string(),
      rateDay: z.string(),
    })
    .nullable(),
  reason: z.string(),
  authorName: z.string(),
  authorId: z.string().nullable(),
  createdAt: z.date(),
  revokedAt: z.date().nullable(),
  revokedByName: z.string().nullable(),
  revokedReason: z.string().nullable(),
})

/** A contract as it was stored; revoked ones say by whom and why. */
export type StoredContract = z.output<typeof contractRow>

/** Contracts that have not been revoked, of one model or of all. */
export async function findLiveContracts(
  db: Reader,
  only?: { provider: string; model: string },
): Promise<StoredContract[]> {
  const ofModel = only
    ? and(eq(contractPrices.provider, only.provider), eq(contractPrices.model, only.model))
    : undefined
  const rows = await db
    .select()
    .from(contractPrices)
    .where(and(isNull(contractPrices.revokedAt), ofModel))
    .orderBy(asc(contractPrices.id))
  return z.array(contractRow).parse(rows)
}

/**
 * The contracts that a workspace is priced by, its own and the organisation's, revoked ones too, newest first.
 * @throws AppError `unavailable` when Postgres does not answer.
 */
export async function listContracts(workspaceId: number): Promise<StoredContract[]> {
  const rows = await withPostgres((db) =>
    db
      .select()
      .from(contractPrices)
      .where(or(isNull(contractPrices.workspaceId), eq(contractPrices.workspaceId, workspaceId)))
      .orderBy(desc(contractPrices.id)),
  )
  return z.array(contractRow).parse(rows)
}

/** @returns the contract's id */
export async function insertContract(
  db: Writer,
  contract: Omit<
    typeof contractPrices.$inferInsert,
    'id' | 'createdAt' | 'revokedAt' | 'revokedByName' | 'revokedReason'
  >,
): Promise<number> {
  const [row] = await db
    .insert(contractPrices)
    .values({ ...contract, createdAt: sql`clock_timestamp()` })
    .returning({ id: contractPrices.id })
  if (!row) throw new Error('the contract was not stored')
  return row.id
}

/** Keeps what the ledger has counted for a schedule. */
export async function updateVolumes(db: Writer, id: number, months: readonly object[], countedAt: Date): Promise<void> {
  await db
    .update(contractPrices)
    .set({ volumeMonths: months, volumeCountedAt: countedAt })
    .where(eq(contractPrices.id, id))
}

/** Revokes a contract that is in force. @returns it, or null when there is none of that id that is */
export async function markContractRevoked(
  db: Writer,
  id: number,
  by: { name: string; reason: string },
): Promise<StoredContract | null> {
  const rows = await db
    .update(contractPrices)
    .set({ revokedAt: sql`clock_timestamp()`, revokedByName: by.name, revokedReason: by.reason })
    .where(and(eq(contractPrices.id, id), isNull(contractPrices.revokedAt)))
    .returning()
  return z.array(contractRow).parse(rows)[0] ?? null
}
