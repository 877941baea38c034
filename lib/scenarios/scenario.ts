import { z } from 'zod'
import { SERVICE_TIERS } from '@/lib/events/event-names'

/** What hypothetical traffic is: parts of the real one, sent elsewhere or with other tokens, and other prices. */

const name = z.string().trim().max(200, 'Use at most 200 characters.')
const percent = z
  .string()
  .trim()
  .regex(/^\d{1,3}(\.\d{1,2})?$/, 'Enter a percentage with at most two decimals, such as 25 or 12.5.')
  .refine((text) => Number(text) <= 100, 'Enter at most 100 %.')
const factor = z
  .string()
  .trim()
  .regex(/^\d{1,3}(\.\d{1,4})?$/, 'Enter a factor with at most four decimals, such as 1.15.')
  .refine((text) => Number(text) <= 100, 'Enter a factor of at most 100.')
const tier = z.union([z.literal(''), z.enum(SERVICE_TIERS)])

const route = z
  .object({
    /** Empty: every endpoint, provider or model. */
    endpoint: name,
    fromProvider: name,
    fromModel: name,
    /** Of the requests that the routes before it leave. */
    sharePercent: percent,
    /** Both empty: the model stays. */
    toProvider: name,
    toModel: name,
    /** Empty: as it was. */
    tier,
    /** Of the text input, read from cache; empty: as it was. */
    cachedPercent: z.union([z.literal(''), percent]),
    inputFactor: factor,
    outputFactor: factor,
  })
  .refine(({ toProvider, toModel }) => (toProvider === '') === (toModel === ''), {
    error: 'Name the provider and the model to send it to, or neither.',
  })
  .refine(({ toModel, fromProvider, fromModel }) => toModel !== '' || (fromProvider !== '' && fromModel !== ''), {
    error: 'Name the model whose traffic changes, or the one to send it to.',
  })

const perMillion = z
  .string()
  .trim()
  .regex(/^\d{1,6}(\.\d{1,12})?$/, 'Enter USD per 1M tokens, such as 2.50.')
  .refine((text) => Number(text) <= 100_000, 'Enter at most 100,000 USD per 1M tokens.')

const priceChange = z.object({
  provider: name.min(1, 'Name the provider.'),
  model: name.min(1, 'Name the model.'),
  tier: z.enum(SERVICE_TIERS),
  terms: z.discriminatedUnion('kind', [
    z.object({
      kind: z.literal('discount'),
      percent: percent.refine((text) => Number(text) > 0, 'Enter more than 0 %.'),
    }),
    z.object({
      kind: z.literal('prices'),
      inputPerMillion: perMillion,
      /** Empty: as input. */
      cacheReadPerMillion: z.union([z.literal(''), perMillion]),
      outputPerMillion: perMillion,
    }),
  ]),
})

const MOST = 20

/** A scenario as it is stored and sent by the form; the messages say what to enter. */
export const scenarioDefinition = z.object({
  routes: z.array(route).max(MOST, `Use at most ${MOST} routes.`),
  prices: z.array(priceChange).max(MOST, `Use at most ${MOST} price changes.`),
})

export type Route = z.output<typeof route>
export type PriceChange = z.output<typeof priceChange>
export type ScenarioDefinition = z.output<typeof scenarioDefinition>

/** What a new scenario's form starts with. */
export const EMPTY_ROUTE: Route = {
  endpoint: '',
  fromProvider: '',
  fromModel: '',
  sharePercent: '100',
  toProvider: '',
  toModel: '',
  tier: '',
  cachedPercent: '',
  inputFactor: '1',
  outputFactor: '1',
}

/** A route in one sentence. */
export function describeRoute(of: Route): string {
  const from = [of.fromProvider, of.fromModel].filter(Boolean).join('/') || 'everything'
  const place = of.endpoint === '' ? from : `${from} of ${of.endpoint}`
  const changes = [
    ...(of.toModel === '' ? [] : [`goes to ${of.toProvider}/${of.toModel}`]),
    ...(of.tier === '' ? [] : [`uses the ${of.tier} tier`]),
    ...(of.cachedPercent === '' ? [] : [`reads ${of.cachedPercent} % of its input from cache`]),
    ...(Number(of.inputFactor) === 1 ? [] : [`takes ${of.inputFactor} × the input tokens`]),
    ...(Number(of.outputFactor) === 1 ? [] : [`takes ${of.outputFactor} × the output tokens`]),
  ]
  return `${of.sharePercent} % of ${place} ${changes.join(', ') || 'stays as it is'}`
}

/** A price change in one sentence. */
export function describePrice({ provider, model, tier: of, terms }: PriceChange): string {
  const place = of === 'standard' ? `${provider}/${model}` : `${provider}/${model} (${of})`
  if (terms.kind === 'discount') return `${place} costs ${terms.percent} % less than the list`
  const cached = terms.cacheReadPerMillion === '' ? '' : `, $${terms.cacheReadPerMillion} cached`
  return `${place} costs $${terms.inputPerMillion} input${cached} and $${terms.outputPerMillion} output per 1M tokens`
}

/** What every scenario takes for granted, as it is shown beside its figures. */
export const ASSUMPTIONS: readonly string[] = [
  'Each model is priced by the book in force now, with the contracts of this workspace, over the whole range; volume schedules at what the real volumes come to.',
  'Whole requests move, picked by a hash of their key: the same ones each time. A share is of what earlier routes left.',
  'Outcomes, retries, latency and quality stay as they were.',
  'A cost that a provider reported is not taken for an attempt that a route changes; it is priced by the book.',
  'An attempt whose new model or tier has no price counts as unpriced, never as $0.',
  'Token factors round each class of an attempt to whole tokens. A cached share splits the text input; nothing is written to cache.',
]
