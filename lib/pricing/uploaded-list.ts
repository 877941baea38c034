import { createHash } from 'node:crypto'
import type { ModelInfo, ModelPrice, Provider } from '@pydantic/genai-prices'
import { z } from 'zod'
import { AppError } from '@/lib/errors'
import { createListPriceBook, type PriceBook } from './price-book'

/** What the prices of an uploaded list say of where they come from, before the hash of the file. */
export const UPLOADED_SOURCE = 'genai-prices JSON'

/** USD per million tokens or thousand requests: far above any price, and what the ledger can hold. */
const MAX_PRICE = 1_000_000

type Match = ModelInfo['match']

const match: z.ZodType<Match> = z.lazy(() =>
  z.union([
    z.object({ or: z.array(match) }),
    z.object({ and: z.array(match) }),
    z.object({ equals: z.string() }),
    z.object({ starts_with: z.string() }),
    z.object({ ends_with: z.string() }),
    z.object({ contains: z.string() }),
    z.object({ regex: z.string().max(2_000).refine(isRegex, 'must be a regular expression') }),
  ]),
)

const amount = z.number().min(0).max(MAX_PRICE)
const price = z.union([
  amount,
  z.object({ base: amount, tiers: z.array(z.object({ start: z.number().int().min(0), price: amount })) }),
])
const prices: z.ZodType<ModelPrice> = z.record(z.string(), price.optional())

const constraint = z.union([
  z.object({ start_date: z.iso.date() }).transform(({ start_date }) => ({ type: 'start_date' as const, start_date })),
  z
    .object({ start_time: z.string(), end_time: z.string() })
    .transform((times) => ({ type: 'time_of_date' as const, ...times })),
])

const id = z.string().min(1).max(200)
const comment = z
  .string()
  .nullish()
  .transform((text) => text ?? undefined)

const model = z.object({
  id,
  match,
  name: comment,
  description: comment,
  price_comments: comment,
  prices: z.union([
    z.array(z.object({ constraint: constraint.nullish().transform((of) => of ?? undefined), prices })).min(1),
    prices,
  ]),
})

const list = z
  .array(
    z.object({
      id,
      name: z.string(),
      api_pattern: z.string(),
      fallback_model_providers: z
        .array(id)
        .nullish()
        .transform((providers) => providers ?? undefined),
      models: z.array(model),
    }),
  )
  .min(1, 'must name at least one provider')

function isRegex(text: string): boolean {
  try {
    return new RegExp(text).source !== ''
  } catch {
    return false
  }
}

/**
 * The price book of a `data.json` of genai-prices (https://github.com/pydantic/genai-prices/tree/main/prices/new_data).
 * The same file gives the same book.
 * @throws AppError `invalid_body` that says where the file cannot be read.
 */
export function readUploadedList(json: unknown): PriceBook {
  const parsed = list.safeParse(json)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw refuse(`${describePath(issue?.path ?? [], json)}: ${issue?.message ?? 'cannot be read'}`)
  }
  const providers: Provider[] = parsed.data
  const known = new Set(providers.map((provider) => provider.id))
  if (known.size < providers.length) throw refuse('it names a provider twice')
  const digest = createHash('sha256').update(JSON.stringify(providers)).digest('hex').slice(0, 12)
  try {
    const book = createListPriceBook(providers, `${UPLOADED_SOURCE} ${digest}`)
    if (book.rows.length === 0) throw new Error('it has no price')
    return book
  } catch (error) {
    throw refuse(error instanceof Error ? error.message : 'it cannot be read', error)
  }
}

function refuse(what: string, cause?: unknown): AppError {
  return new AppError(
    'invalid_body',
    `This is no list of genai-prices: ${what}. Upload its prices/new_data/v2/data.json as it is.`,
    { cause },
  )
}

/** `anthropic, claude-opus-4, prices.input_mtok`: ids instead of numbers where there are ids. */
function describePath(path: readonly PropertyKey[], json: unknown): string {
  const named = z.object({ id: z.string() })
  let at: unknown = json
  const parts: string[] = []
  for (const key of path) {
    at = typeof at === 'object' && at !== null ? Reflect.get(at, key) : undefined
    const found = typeof key === 'number' ? named.safeParse(at) : null
    if (found?.success) parts.push(found.data.id)
    else if (key !== 'models') parts.push(String(key))
  }
  return parts.length === 0 ? 'the file' : parts.join(', ')
}
