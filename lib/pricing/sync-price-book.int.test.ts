import { randomUUID } from 'node:crypto'
import { and, eq, isNull } from 'drizzle-orm'
import { expect, it } from 'vitest'
import { postgres } from '@/db/postgres/client'
import { storePriceBook } from '@/db/postgres/queries/price-books'
import { prices } from '@/db/postgres/schema'
import { loadListPriceBook } from '@/lib/pricing/price-book'
import { syncPriceBook } from '@/lib/pricing/sync-price-book'

const NOW = new Date('2026-11-01T00:00:00Z')

const countInForce = (version: string) =>
  postgres().$count(prices, and(eq(prices.bookVersion, version), isNull(prices.supersededAt)))

it('stores the list once, supersedes what it replaces, and keeps it', async () => {
  const { version, rows } = loadListPriceBook()
  const row = rows[0]
  if (!row) throw new Error('The list is empty.')
  const older = `older-${randomUUID()}`
  expect(await postgres().transaction((tx) => storePriceBook(tx, older, [row], NOW))).toBe(1)
  expect(await countInForce(older)).toBe(1)

  expect(await syncPriceBook(NOW)).toMatchObject({ version, prices: rows.length })
  expect(await countInForce(version)).toBe(rows.length)
  expect(await countInForce(older)).toBe(0)
  expect(await postgres().$count(prices, eq(prices.bookVersion, older))).toBe(1)

  expect(await syncPriceBook(NOW)).toEqual({ version, prices: rows.length, added: 0 })
  expect(await countInForce(version)).toBe(rows.length)
})
