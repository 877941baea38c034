import { z } from 'zod'
import type { PriceRow } from './price-book'
import { orderRows } from './price-index'
import { fillUnitPrices, PRICED_CLASSES } from './price-usage'

const DECIMAL = /^\d{1,20}(\.\d{1,18})?$/

const bookRow = z.object({
  tier: z.string(),
  region: z.string().nullable(),
  /** The row holds for more input tokens than this; −1 for any number. */
  above: z.number().int(),
  fromMs: z.number().int().nullable(),
  toMs: z.number().int().nullable(),
  /** Minutes of the UTC day, half-open; from ≥ to runs over midnight. */
  minuteFrom: z.number().int(),
  minuteTo: z.number().int(),
  priceId: z.string(),
  /** In the order of PRICED_CLASSES, fallbacks applied: Decimal strings, null where a class cannot be priced. */
  unitPrices: z.array(z.string().regex(DECIMAL).nullable()).length(PRICED_CLASSES.length),
})

/** A price row as a change carries it. */
export type BookRow = z.output<typeof bookRow>

/** In the order in which they are taken: the first row that holds for an attempt prices it. */
const book = z.array(bookRow)

/** One row that {@link OPEN_PRICE_CHANGES_SQL} answers. */
export const openPriceChangeRow = z
  .object({
    change_id: z.coerce.number().int(),
    workspace_id: z.number().int(),
    provider: z.string(),
    model: z.string(),
    raw_provider: z.string(),
    raw_model: z.string(),
    affected_from_ms: z.coerce.number().int().nullable(),
    affected_to_ms: z.coerce.number().int().nullable(),
    book: z.string(),
  })
  .transform((row) => ({
    changeId: row.change_id,
    /** 0: every workspace that no newer change of the same model names. */
    workspaceId: row.workspace_id,
    provider: row.provider,
    model: row.model,
    raw: row.raw_model === '' ? null : { provider: row.raw_provider, model: row.raw_model },
    /** Half-open; null is without end. */
    affectedFromMs: row.affected_from_ms,
    affectedToMs: row.affected_to_ms,
    rows: book.parse(JSON.parse(row.book)),
  }))

/**
 * A change of prices, or of what a name stands for, that stored attempts have not caught up with. With `raw`, attempts
 * that were sent under these names are of this provider and model now, and priced by its rows.
 */
export type OpenPriceChange = Omit<z.output<typeof openPriceChangeRow>, 'raw'> & {
  raw?: { provider: string; model: string } | null
}

/**
 * The open changes that touch the workspaces of the parameter `priceWorkspaces` (`Array(UInt32)`), as rows of
 * {@link openPriceChangeRow}. One row holds only whole numbers and text, so it can also be read as a tuple.
 */
export const OPEN_PRICE_CHANGES_SQL = `SELECT change_id, workspace_id, provider, model, raw_provider, raw_model,
    toUnixTimestamp64Milli(affected_from) AS affected_from_ms, toUnixTimestamp64Milli(affected_to) AS affected_to_ms, book
  FROM price_changes FINAL
  WHERE NOT restamped AND (workspace_id = 0 OR workspace_id IN {priceWorkspaces:Array(UInt32)})
  ORDER BY change_id`

/**
 * SELECT of one text that holds the rows of {@link OPEN_PRICE_CHANGES_SQL}, to be read beside other things in one statement;
 * {@link openPriceChanges} reads it.
 */
export const OPEN_PRICE_CHANGES_JSON_SQL = `SELECT toJSONString(groupArray(map('change_id', toString(change_id),
    'workspace_id', toString(workspace_id), 'provider', provider, 'model', model,
    'raw_provider', raw_provider, 'raw_model', raw_model,
    'affected_from_ms', ifNull(toString(affected_from_ms), ''), 'affected_to_ms', ifNull(toString(affected_to_ms), ''),
    'book', book))) FROM (${OPEN_PRICE_CHANGES_SQL})`

const instantText = z.string().transform((text) => (text === '' ? null : text))

/** Open changes, oldest first, from the text of {@link OPEN_PRICE_CHANGES_JSON_SQL}. */
export const openPriceChanges = z.string().transform((text) =>
  z
    .array(z.record(z.string(), z.string()))
    .parse(JSON.parse(text))
    .map(({ affected_from_ms, affected_to_ms, workspace_id, ...change }) =>
      openPriceChangeRow.parse({
        ...change,
        workspace_id: Number(workspace_id),
        affected_from_ms: instantText.parse(affected_from_ms),
        affected_to_ms: instantText.parse(affected_to_ms),
      }),
    ),
)

/** The rows of a model as a change carries them. Throws for a unit price that the ledger cannot hold exactly. */
export function toBook(rows: readonly PriceRow[]): BookRow[] {
  return book.parse(
    orderRows(rows).map(({ row, above, fromMs, toMs, minuteFrom, minuteTo }) => {
      const filled = fillUnitPrices(row.unitPrices)
      return {
        tier: row.serviceTier,
        region: row.region,
        above,
        fromMs: Number.isFinite(fromMs) ? fromMs : null,
        toMs: Number.isFinite(toMs) ? toMs : null,
        minuteFrom,
        minuteTo,
        priceId: row.id,
        unitPrices: PRICED_CLASSES.map((priceClass) => filled[priceClass] ?? null),
      }
    }),
  )
}
