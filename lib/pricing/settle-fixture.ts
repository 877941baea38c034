import { expect } from 'vitest'
import { findOpenPriceChanges } from '@/db/postgres/queries/price-changes'
import { restampOpenChanges } from '@/lib/pricing/restamp'

/** Passes until a change is stamped, built and closed; times are let pass by not waiting for them. */
const PASSES = 6

/**
 * Stamps and closes every open change of prices. For tests that leave changes behind: all tests share the engines, and what
 * stays open is read by every other one.
 */
export async function settlePriceChanges(): Promise<void> {
  for (let pass = 0; pass < PASSES; pass += 1) await restampOpenChanges(0)
  for (const which of ['published', 'unpublished'] as const) {
    expect((await findOpenPriceChanges(which)).changes).toEqual([])
  }
}
