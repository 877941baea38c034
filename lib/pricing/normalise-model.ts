import { catalogueOf, findListed, type ProviderCatalogue } from './catalogue'
import { splitVersions } from './model-syntax'
import { isPricelessRouter, normaliseProvider } from './normalise-provider'
import { keyOfName, type ParsedName, parseModelName } from './parse-model-name'
import { peelPrefix, peelRegion } from './router-prefixes'

/**
 * A provider's and a model's name in the one catalogue.
 *
 * - `model`: the family (`gpt-4o`, `claude-sonnet-4-5`), or the snapshot where the list prices it apart
 *   (`gpt-4o-2024-05-13`); a fine-tune is `ft:<family>`; a name that is not listed is kept, cleaned.
 * - `modelVersion`: what followed the family: a date, `latest`, `preview-05-06`, Bedrock's `v1`.
 * - `region`: a geography (`us`, `eu`, `global`) from a Bedrock prefix, or a cloud region from an ARN or a path.
 * - `routerHint`: the provider that the outermost router prefix named.
 */
export type NormalisedModel = {
  provider: string
  model: string
  modelVersion: string | null
  region: string | null
  routerHint: string | null
  fineTuned: boolean
}

/** Suffixes of OpenRouter that choose a route, not a price; others (`:free`, `:batch`, `:thinking`) are part of the name. */
const ROUTING_VARIANTS = /:(?:nitro|floor|exacto|online)$/

const CACHE_ENTRIES = 20_000
const CACHEABLE_LENGTH = 512
const cache = new Map<string, NormalisedModel>()

/**
 * Canonical names for what a client sent. Pure: equal input gives equal output. Never a fuzzy match: a name is resolved
 * only when the price list has it, or has its family and the rest is a recognised version. Whether a model is known is
 * the price index's answer, not this function's.
 */
export function normaliseModel(rawProvider: string, rawModel: string): NormalisedModel {
  const key = `${rawProvider}\u0000${rawModel}`
  const cached = cache.get(key)
  if (cached) return cached
  const normalised = Object.freeze(resolve(normaliseProvider(rawProvider), rawModel.trim().toLowerCase()))
  if (key.length <= CACHEABLE_LENGTH) {
    if (cache.size >= CACHE_ENTRIES) for (const oldest of cache.keys()) if (cache.delete(oldest)) break
    cache.set(key, normalised)
  }
  return normalised
}

type Peeling = { provider: string; name: string; region: string | null; hint: string | null; isOpaque: boolean }

function peel(sentProvider: string, sentName: string): Peeling {
  const peeling: Peeling = { provider: sentProvider, name: sentName, region: null, hint: null, isOpaque: false }
  for (let depth = 0; depth < 8 && !peeling.isOpaque; depth += 1) {
    const served = peeling.hint === 'aws' || peeling.provider === 'aws' ? peelRegion(peeling.name) : null
    if (served) {
      Object.assign(peeling, served)
      continue
    }
    const catalogue = catalogueOf(peeling.provider)
    if (catalogue?.names.has(peeling.name)) break
    const peeled = peelPrefix(peeling.name)
    // Where ids carry a vendor, `openai/…` is part of the id: only the provider's own prefix is a router's.
    if (!peeled || (catalogue?.hasVendors && peeled.hint !== null && peeled.hint !== peeling.provider)) break
    peeling.name = peeled.name
    peeling.region ??= peeled.region
    peeling.isOpaque = peeled.isOpaque
    peeling.hint ??= peeled.hint
    if (peeled.hint !== null && isPricelessRouter(peeling.provider)) peeling.provider = peeled.hint
  }
  return peeling
}

function resolve(sentProvider: string, sentName: string): NormalisedModel {
  const { provider, name, region, hint, isOpaque } = peel(sentProvider, sentName)
  const known = { provider, region, routerHint: hint }
  if (isOpaque) return { ...known, model: name, modelVersion: null, fineTuned: false }
  const catalogue = catalogueOf(provider)
  const parsed = parseModelName(provider, name)
  const place = {
    ...known,
    region: parsed.geo === 'regional' ? region : (parsed.geo ?? region),
    fineTuned: parsed.fineTuned,
  }
  const listed = catalogue && findNameOrRoute(provider, catalogue, parsed, [name, keyOfName(parsed), sentName])
  if (listed) return { ...place, model: listed.model, modelVersion: listed.version }
  return { ...place, ...unlisted(catalogue, parsed) }
}

function findNameOrRoute(provider: string, catalogue: ProviderCatalogue, parsed: ParsedName, forms: readonly string[]) {
  const listed = findListed(catalogue, parsed, forms)
  if (listed || provider !== 'openrouter' || !ROUTING_VARIANTS.test(parsed.variant)) return listed
  return findListed(catalogue, { ...parsed, variant: parsed.variant.replace(ROUTING_VARIANTS, '') }, forms)
}

/** The cleaned name of what the list does not have. It never takes the name of something that is listed. */
function unlisted(
  catalogue: ProviderCatalogue | null,
  parsed: ParsedName,
): { model: string; modelVersion: string | null } {
  const split = splitVersions(parsed.base)[0]
  const candidates = [
    ...(split?.isDate ? [{ model: keyOfName(parsed, split.family), modelVersion: split.version }] : []),
    { model: keyOfName(parsed), modelVersion: parsed.version },
  ]
  const free = candidates.find(({ model }) => !catalogue?.names.has(model))
  return free ?? { model: `${keyOfName(parsed)}-${parsed.version ?? 'unlisted'}`, modelVersion: parsed.version }
}
