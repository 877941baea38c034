import 'server-only'
import { withPostgres } from '@/db/postgres/client'
import { readBookVersion } from '@/db/postgres/queries/price-books'
import { readLastChangeId, reopenPriceChanges } from '@/db/postgres/queries/price-changes'
import { log } from '@/lib/log'
import type { PriceBooks } from '@/lib/pricing/price-books'
import { readPriceBooks } from '@/lib/pricing/read-price-books'

/** Books older than this are looked after while they serve on; a look costs one small query. */
const REFRESH_AFTER_MS = 2_000
/** Books older than this serve only when Postgres does not say within {@link WAIT_MS} whether they still hold. */
const WAIT_AFTER_MS = 5_000
const WAIT_MS = 2_000

type Loaded = { books: PriceBooks; lastChangeId: number; bookVersion: string | null; checkedAtMs: number }

declare global {
  // Next may load this module more than once in a process, which still has one state.
  var farthingPrices:
    | { loaded: Loaded | null; refreshing: Promise<Loaded> | null; usedOverdueAt: number | null }
    | undefined
}

function state() {
  globalThis.farthingPrices ??= { loaded: null, refreshing: null, usedOverdueAt: null }
  return globalThis.farthingPrices
}

async function load(): Promise<Loaded> {
  const { loaded, usedOverdueAt } = state()
  const checkedAtMs = performance.now()
  const found = await withPostgres(async (db) => {
    const lastChangeId = await readLastChangeId(db)
    const bookVersion = await readBookVersion(db)
    if (loaded && loaded.lastChangeId === lastChangeId && loaded.bookVersion === bookVersion) return loaded
    return { books: await readPriceBooks(db), lastChangeId, bookVersion }
  })
  // What was priced by overdue books may have been missed by a change that was closed meanwhile.
  if (usedOverdueAt !== null && found.lastChangeId > usedOverdueAt) await reopenPriceChanges(usedOverdueAt)
  state().usedOverdueAt = null
  const fresh = { ...found, checkedAtMs }
  state().loaded = fresh
  return fresh
}

/**
 * Looks whether prices have changed and, if so, reads them anew; several callers share one look.
 * @throws AppError `unavailable` when Postgres does not answer.
 */
export function refreshPrices(): Promise<Loaded> {
  const shared = state()
  shared.refreshing ??= load().finally(() => {
    shared.refreshing = null
  })
  return shared.refreshing
}

/** The books this process knew last, without waiting; null before it has ever read them. They are looked after meanwhile. */
export function lastKnownBooks(): PriceBooks | null {
  const { loaded } = state()
  if (!loaded || performance.now() - loaded.checkedAtMs > REFRESH_AFTER_MS) {
    refreshPrices().catch((error: unknown) => log.warn({ err: error }, 'Prices could not be looked up'))
  }
  return loaded?.books ?? null
}

/**
 * The books to price what is ingested now: at most 5 seconds behind Postgres, unless it does not answer. Then the last
 * known serve on, and the changes they have missed are opened again as soon as it does.
 * @throws AppError `unavailable` when Postgres has never answered this process.
 */
export async function currentPriceBooks(): Promise<PriceBooks> {
  const { loaded } = state()
  if (!loaded) return (await refreshPrices()).books
  const ageMs = performance.now() - loaded.checkedAtMs
  if (ageMs <= REFRESH_AFTER_MS) return loaded.books
  const refreshed = refreshPrices().catch((error: unknown) => {
    log.warn({ err: error }, 'Prices could not be looked up; the last known ones serve on')
    return null
  })
  if (ageMs <= WAIT_AFTER_MS) return loaded.books
  const timeout = new Promise<null>((resolve) => setTimeout(resolve, WAIT_MS, null).unref())
  const fresh = await Promise.race([refreshed, timeout])
  if (fresh) return fresh.books
  const shared = state()
  shared.usedOverdueAt = Math.min(shared.usedOverdueAt ?? loaded.lastChangeId, loaded.lastChangeId)
  return loaded.books
}
