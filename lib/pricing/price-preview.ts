import { z } from 'zod'

const figures = z.object({
  /** USD, decimal string; null where nothing has a cost. */
  spend: z.string().nullable(),
  attempts: z.string(),
  /** Attempts without a cost, and their tokens. */
  unpricedAttempts: z.string(),
  unpricedTokens: z.string(),
  unknownModelRatio: z.string().nullable(),
})

const change = { before: z.string().nullable(), after: z.string().nullable() }

/** By how much a change of prices would move which figure; also how the browser parses it. */
export const pricePreview = z.object({
  /** Workspaces counted, and which environments and data modes of them. */
  workspaces: z.array(z.string()),
  scopeText: z.string(),
  /** What the reader must know of how the prices were made, such as an exchange rate. */
  note: z.string().nullable(),
  before: figures,
  after: figures,
  /** Attempts that would get a cost, less those that would lose theirs. */
  newlyPriced: z.string(),
  /** Spend of every calendar month with attempts, oldest first. */
  months: z.array(z.object({ month: z.string(), attempts: z.string(), ...change })),
  /** Spend of the models whose spend would change, by the size of the change. */
  models: z.array(
    z.object({ provider: z.string().nullable(), model: z.string().nullable(), attempts: z.string(), ...change }),
  ),
})

export type PricePreview = z.output<typeof pricePreview>
export type PreviewFigures = PricePreview['before']
