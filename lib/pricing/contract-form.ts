import { z } from 'zod'
import { SERVICE_TIERS } from '@/lib/events/event-names'
import { ExactDecimal, trimDecimal } from '@/lib/money'
import type { ContractInput } from './contract-input'
import { PRICED_CLASSES, type PricedClass, type UnitPrices } from './price-usage'
import { findTierFaults, type VolumeTier } from './volume-tiers'

/** How many units the price buys that people write: a million tokens, a thousand requests. */
export function unitsPerPrice(priceClass: PricedClass): 1_000 | 1_000_000 {
  return priceClass === 'toolRequests' || priceClass === 'requests' ? 1_000 : 1_000_000
}

/** Field of a class's price in the form of a contract. */
export function priceFieldOf(priceClass: PricedClass): `price_${PricedClass}` {
  return `price_${priceClass}`
}

const DAY = /^\d{4}-\d{2}-\d{2}$/

const day = z
  .union([
    z.literal(''),
    z.string().refine((text) => DAY.test(text) && !Number.isNaN(Date.parse(`${text}T00:00:00Z`)), {
      error: 'Enter a day such as 2026-11-01.',
    }),
  ])
  .default('')
  .transform((text) => (text === '' ? null : new Date(`${text}T00:00:00Z`)))

const timeOfDay = z
  .union([z.literal(''), z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'Enter a time of day (UTC) such as 09:30.')])
  .default('')
  .transform((text) => (text === '' ? null : text))

const typedPrice = z
  .string()
  .trim()
  .regex(/^\d{1,9}(\.\d{1,12})?$/, 'Enter a price such as 2.50, with at most 12 fraction digits.')
const price = z.union([z.literal(''), typedPrice]).default('')

const MAX_TIER_ROWS = 60

/** A row of the schedule's tiers, as it is typed. */
const tierRow = z.object({ priceClass: z.enum(PRICED_CLASSES), upTo: z.string(), price: z.string() })

export type TierRow = z.output<typeof tierRow>

const tierRows = z
  .string()
  .default('[]')
  .transform((text, context) => {
    try {
      return z.array(tierRow).max(MAX_TIER_ROWS).parse(JSON.parse(text))
    } catch {
      context.addIssue({ code: 'custom', message: `Enter at most ${MAX_TIER_ROWS} tiers.` })
      return z.NEVER
    }
  })

/** Where the form says what is wrong with a field of a row of tiers. */
export function tierFieldOf(row: number, field: 'upTo' | 'price'): string {
  return `tiers.${row}.${field}`
}

const PRICE_FIELDS = {
  price_inputUncached: price,
  price_cacheRead: price,
  price_cacheWrite5m: price,
  price_cacheWrite1h: price,
  price_output: price,
  price_reasoning: price,
  price_audioInput: price,
  price_audioOutput: price,
  price_toolRequests: price,
  price_requests: price,
} satisfies Record<`price_${PricedClass}`, typeof price>

const name = z.string().trim().min(1, 'Enter a name.').max(200, 'Use at most 200 characters.')

const fields = z.object({
  scope: z.enum(['workspace', 'organization']).default('workspace'),
  provider: name,
  model: name,
  serviceTier: z.enum(SERVICE_TIERS).default('standard'),
  region: z.enum(['', 'global', 'regional']).default(''),
  contextAbove: z
    .union([z.literal(''), z.string().regex(/^\d{1,9}$/, 'Enter a whole number of tokens such as 200000.')])
    .default(''),
  effectiveFrom: day,
  effectiveTo: day,
  dailyFrom: timeOfDay,
  dailyTo: timeOfDay,
  kind: z.enum(['prices', 'discount', 'volume']).default('prices'),
  discountPercent: z.string().trim().default(''),
  /** Which context bands of the list the discount is off; empty: every. */
  discountBand: z.enum(['', 'base']).default(''),
  /** JSON of {@link TierRow}s. */
  tiers: tierRows,
  ...PRICE_FIELDS,
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/, 'Enter a currency code such as EUR.')
    .default('USD'),
  reason: z.string().trim().min(1, 'Say why, for the audit log.').max(500, 'Use at most 500 characters.'),
})

const PERCENT = /^\d{1,3}(\.\d{1,6})?$/

/**
 * The form of a contract price: texts as they are typed, prices per million tokens or thousand requests and in `currency`,
 * days in UTC. What it says is handed on with prices per unit.
 */
export const contractForm = fields.transform((form, context) => {
  const wrong = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message })
  if (form.effectiveFrom && form.effectiveTo && form.effectiveFrom >= form.effectiveTo) {
    wrong('effectiveTo', 'Enter an end after the beginning.')
  }
  if ((form.dailyFrom === null) !== (form.dailyTo === null)) wrong('dailyTo', 'Enter both times of day, or neither.')
  const unitPrices = unitPricesOf(form)
  const percent = form.discountPercent
  if (form.kind === 'prices' && Object.keys(unitPrices).length === 0) {
    wrong(priceFieldOf('inputUncached'), 'Enter at least one price.')
  }
  if (form.kind === 'discount' && !(PERCENT.test(percent) && Number(percent) > 0 && Number(percent) <= 100)) {
    wrong('discountPercent', 'Enter a percentage above 0, at most 100, such as 12.5.')
  }
  const isBase = form.kind === 'discount' && form.discountBand === 'base'
  if (isBase && form.contextAbove !== '') wrong('contextAbove', 'Leave it empty for a discount on the base context.')
  const tiers = form.kind === 'volume' ? readTiers(form.tiers, wrong) : {}
  const isForeign = form.kind !== 'discount' && form.currency !== 'USD'
  if (isForeign && form.effectiveFrom === null) {
    wrong('effectiveFrom', 'Enter the first day: its exchange rate converts the price.')
  }
  const { scope, currency, provider, model, serviceTier, reason } = form
  const { effectiveFrom, effectiveTo, dailyFrom, dailyTo } = form
  const termsByKind: Record<typeof form.kind, ContractInput['terms']> = {
    prices: { kind: 'prices', unitPrices: { ...unitPrices } },
    discount: { kind: 'discount', discountPercent: percent },
    volume: { kind: 'volume', tiers },
  }
  return {
    scope,
    /** Of the prices; a discount has none. */
    currency: form.kind === 'discount' ? 'USD' : currency,
    contract: {
      ...{ provider, model, serviceTier, reason, effectiveFrom, effectiveTo, dailyFrom, dailyTo },
      region: form.region === '' ? null : form.region,
      contextBand: isBase ? 'base' : form.contextAbove === '' ? null : `>${Number(form.contextAbove)}`,
      terms: termsByKind[form.kind],
    },
  }
})

/** What the form of a contract says, once it is sound. */
export type ContractForm = z.output<typeof contractForm>

function unitPricesOf(form: z.output<typeof fields>): UnitPrices {
  return Object.fromEntries(
    PRICED_CLASSES.flatMap((priceClass) => {
      const typed = form[priceFieldOf(priceClass)]
      if (typed === '') return []
      return [[priceClass, perUnit(priceClass, typed)] as const]
    }),
  )
}

function perUnit(priceClass: PricedClass, typed: string): string {
  return trimDecimal(new ExactDecimal(typed).div(unitsPerPrice(priceClass)).toFixed())
}

/** The tiers of each class in the order of its rows; `wrong` hears of each fault by its field. */
function readTiers(
  rows: readonly TierRow[],
  wrong: (path: string, message: string) => void,
): Partial<Record<PricedClass, VolumeTier[]>> {
  if (rows.length === 0) wrong('tiers', 'Enter at least one tier.')
  const read = rows.map(({ priceClass, upTo, price: typed }, row) => {
    // Large numbers are read and pasted with separators.
    const end = upTo.replace(/[\s,_]/g, '')
    if (end !== '' && !/^[1-9]\d{0,17}$/.test(end)) {
      wrong(tierFieldOf(row, 'upTo'), 'Enter a whole number of units above 0 such as 1,000,000,000.')
    }
    const parsed = typedPrice.safeParse(typed)
    if (!parsed.success) wrong(tierFieldOf(row, 'price'), parsed.error.issues[0]?.message ?? 'Enter a price.')
    const unitPrice = parsed.success ? perUnit(priceClass, parsed.data) : '0'
    return { row, priceClass, tier: { upTo: end === '' ? null : end, unitPrice } }
  })
  const classes = PRICED_CLASSES.flatMap((priceClass) => {
    const own = read.filter((each) => each.priceClass === priceClass)
    for (const { at, message } of findTierFaults(own.map(({ tier }) => tier.upTo))) {
      wrong(tierFieldOf(own[at]?.row ?? 0, 'upTo'), message)
    }
    return own.length === 0 ? [] : [[priceClass, own.map(({ tier }) => tier)] as const]
  })
  return Object.fromEntries(classes)
}
