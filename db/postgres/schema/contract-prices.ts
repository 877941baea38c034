import { integer, jsonb, pgTable, serial, text, timestamp, uuid } from 'drizzle-orm/pg-core'
import { workspaces } from './workspaces'

/**
 * What the organisation, or one workspace, has agreed to pay: unit prices, a discount on the list, or a schedule by the
 * month's volume. A row says for good what it said; it is never changed or removed, only revoked. What the ledger has
 * counted for a schedule is kept beside it, and moves.
 */
export const contractPrices = pgTable('contract_prices', {
  id: serial('id').primaryKey(),
  /** Null: every workspace of the organisation. */
  workspaceId: integer('workspace_id').references(() => workspaces.id),
  provider: text('provider').notNull(),
  /** Canonical name. */
  model: text('model').notNull(),
  serviceTier: text('service_tier').notNull(),
  /** `global` or `regional` inference; null: any. */
  region: text('region'),
  /** `base` or `>N`; null, with a discount: every band of the list. */
  contextBand: text('context_band'),
  effectiveFrom: timestamp('effective_from', { withTimezone: true, precision: 3 }),
  effectiveTo: timestamp('effective_to', { withTimezone: true, precision: 3 }),
  dailyFrom: text('daily_from'),
  dailyTo: text('daily_to'),
  /** Decimal strings, USD per unit, by class; null with other terms. */
  unitPrices: jsonb('unit_prices'),
  /** Decimal string, percent off every unit price of the list; null with other terms. */
  discountPercent: text('discount_percent'),
  /** Tiers by class, `{ upTo, unitPrice }`: units of the month, null without end, and USD per unit; null with other terms. */
  volumeTiers: jsonb('volume_tiers'),
  /** Months that have passed a first tier: their units, and the prices that these have come to; null before any was counted. */
  volumeMonths: jsonb('volume_months'),
  volumeCountedAt: timestamp('volume_counted_at', { withTimezone: true, precision: 3 }),
  /** Unit prices as they were agreed in another currency, and the rate that made them USD; null where they are in USD. */
  given: jsonb('given'),
  reason: text('reason').notNull(),
  authorName: text('author_name').notNull(),
  authorId: uuid('author_id'),
  createdAt: timestamp('created_at', { withTimezone: true, precision: 3 }).notNull(),
  revokedAt: timestamp('revoked_at', { withTimezone: true, precision: 3 }),
  revokedByName: text('revoked_by_name'),
  revokedReason: text('revoked_reason'),
})
