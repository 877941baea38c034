import type { ModelInfo, Provider } from '@pydantic/genai-prices'
import { conditionalPrices, listProviders, matchesName, matchLiterals } from './genai-prices'
import { splitVersions } from './model-syntax'
import { keyOfName, type ParsedName, parseModelName } from './parse-model-name'

/** Bedrock prices `global` inference apart from in-region and geographic (`regional`) inference; null prices any region. */
type RegionClass = 'global' | 'regional' | null

/** A priced entry of the list under its canonical name. `listedBy` is the provider whose list it is. */
export type CatalogueModel = { model: string; region: RegionClass; info: ModelInfo; listedBy: string }

type Listed = { model: string; version: string | null; revision: string | null; info: ModelInfo; isStem: boolean }
type Snapshot = { order: string; sharesPrice: boolean }

/** What one provider sells: names as listed, and the canonical models behind them. */
export type ProviderCatalogue = {
  names: ReadonlyMap<string, Listed>
  models: readonly CatalogueModel[]
  /** Whether its ids carry a vendor (`meta-llama/…`), which then is part of the name, not a router's prefix. */
  hasVendors: boolean
  snapshots: ReadonlyMap<string, readonly Snapshot[]>
}

/** Providers whose own models are written without a vendor, although some listed aliases have one. */
const FIRST_PARTY = new Set(['anthropic', 'aws', 'azure', 'cerebras', 'google', 'openai', 'x-ai'])
const WELL_FORMED_CLAUDE = /^claude-(?:2|[a-z]+-\d(?:-\d{1,2})?|3(?:-\d{1,2})?-[a-z]+)$/

const priceText = new WeakMap<ModelInfo, string>()

function pricesOf(info: ModelInfo): string {
  const text = priceText.get(info) ?? JSON.stringify(conditionalPrices(info))
  priceText.set(info, text)
  return text
}

/** The region class that an entry of Bedrock's list prices, by its id; one that also takes `global.` names prices all. */
function regionOf(info: ModelInfo): RegionClass {
  if (info.id.startsWith('global.')) return 'global'
  if (!info.id.startsWith('regional.')) return null
  return matchesName(info.match, info.id.replace(/^regional\./, 'global.')) ? null : 'regional'
}

/** Orders snapshots by date: `09-2025` → `202509`, `2024-08-06` → `20240806`. */
function snapshotOrder(version: string): string {
  return version.replace(/^(\d{2})-(\d{4})$/, '$2$1').replaceAll('-', '')
}

type ListedName = { key: string; parsed: ParsedName; info: ModelInfo }

class CatalogueBuilder {
  readonly names = new Map<string, Listed>()
  readonly models = new Map<string, CatalogueModel>()
  private readonly exact = new Map<string, ListedName>()
  private readonly parsed = new Map<ModelInfo, readonly ListedName[]>()

  constructor(
    private readonly provider: string,
    private readonly infos: readonly ModelInfo[],
  ) {}

  build(): this {
    const ids = this.infos.flatMap((info) => this.namesOf(info).slice(0, 1))
    // Ids with a vendor claim their short name first: OpenRouter also lists outdated entries without one.
    const ordered = [
      ...ids.filter((name) => name.parsed.vendor !== ''),
      ...ids.filter((name) => name.parsed.vendor === ''),
    ]
    const aliases = this.infos.flatMap((info) => this.namesOf(info).slice(1))
    for (const name of [...ordered, ...aliases]) if (!this.exact.has(name.key)) this.exact.set(name.key, name)
    for (const name of [...ordered, ...aliases]) this.register(name, this.canonical(name), false)
    if (this.provider !== 'aws') for (const info of this.infos) this.registerStems(info)
    this.registerShortNames()
    return this
  }

  private namesOf(info: ModelInfo): readonly ListedName[] {
    const known = this.parsed.get(info)
    if (known) return known
    const names = [info.id, ...matchLiterals(info.match).names].map((raw) => this.parse(raw, info))
    this.parsed.set(info, names)
    return names
  }

  private parse(raw: string, info: ModelInfo): ListedName {
    const parsed = parseModelName(this.provider, raw.trim().toLowerCase())
    return { key: keyOfName(parsed), parsed, info }
  }

  /** A snapshot or another spelling of a name at the same price is that name; anything else is a model of its own. */
  private canonical(name: ListedName): { model: string; version: string | null } {
    const twin = this.twin(name)
    if (twin) return this.canonical(twin)
    const splits = splitVersions(name.parsed.base)
    for (const split of splits) {
      if (/^0\d{2}$/.test(split.version)) continue
      const family = this.exact.get(keyOfName(name.parsed, split.family))
      if (!family || family.key === name.key) continue
      const isSame = family.info === name.info || (split.isDate && pricesOf(family.info) === pricesOf(name.info))
      if (isSame) return { model: this.canonical(family).model, version: split.version }
    }
    const model = keyOfName({ ...name.parsed, vendor: '' })
    const own = splits[0]?.isDate ? splits[0].version : null
    return { model, version: name.parsed.version ?? own }
  }

  /** The entry's first name that differs in dots and dashes only: `gpt-5-1` is `gpt-5.1`. */
  private twin(name: ListedName): ListedName | null {
    const squashed = name.key.replaceAll('.', '-')
    const first = this.namesOf(name.info).find((other) => other.key.replaceAll('.', '-') === squashed)
    return first && first.key !== name.key ? first : null
  }

  private register(name: ListedName, canonical: { model: string; version: string | null }, isStem: boolean): void {
    if (this.names.has(name.key) && this.provider !== 'aws') return
    const region = regionOf(name.info)
    const model = this.claim(canonical.model, name, region)
    if (model === null) return
    if (this.names.has(name.key)) return
    this.names.set(name.key, { ...canonical, model, revision: name.parsed.revision, info: name.info, isStem })
  }

  /** Binds a canonical name to one price; a name already bound to another price leaves the longer name, or nothing. */
  private claim(wanted: string, name: ListedName, region: RegionClass): string | null {
    for (const model of [wanted, name.key]) {
      const key = `${model}\u0000${region ?? ''}`
      const bound = this.models.get(key)
      if (bound && pricesOf(bound.info) !== pricesOf(name.info)) continue
      if (!bound) this.models.set(key, { model, region, info: name.info, listedBy: this.provider })
      return model
    }
    return null
  }

  /** Beginnings and parts that clauses look for are names only where they read as one: a family of the entry's own kind. */
  private registerStems(info: ModelInfo): void {
    const id = this.parse(info.id, info)
    for (const raw of matchLiterals(info.match).stems) {
      const stem = this.parse(raw.replace(/[-@]+$/, ''), info)
      if (stem.parsed.fineTuned !== id.parsed.fineTuned || stem.parsed.vendor !== id.parsed.vendor) continue
      if (stem.parsed.base.split('-')[0] !== id.parsed.base.split('-')[0]) continue
      const isClaude = stem.parsed.base.startsWith('claude-')
      if (isClaude && !WELL_FORMED_CLAUDE.test(stem.parsed.base)) continue
      const own = this.canonical(stem)
      const isOwn = isClaude || own.model !== stem.key
      this.register(stem, isOwn ? own : { ...this.canonical(id), version: null }, true)
    }
  }

  /** `claude-sonnet-4-5` for OpenRouter's `anthropic/claude-sonnet-4.5`: the canonical name is a name as well. */
  private registerShortNames(): void {
    for (const { model, info } of this.models.values()) {
      if (this.names.get(model)?.model === model) continue
      this.names.set(model, { model, version: null, revision: null, info, isStem: false })
    }
  }
}

function snapshotsOf(names: ReadonlyMap<string, Listed>): Map<string, Snapshot[]> {
  const snapshots = new Map<string, Snapshot[]>()
  for (const [key, listed] of names) {
    const split = splitVersions(key)[0]
    if (!split?.isDate || listed.isStem) continue
    const family = names.get(split.family)
    if (!family) continue
    const sharesPrice = pricesOf(family.info) === pricesOf(listed.info)
    snapshots.set(split.family, [
      ...(snapshots.get(split.family) ?? []),
      { order: snapshotOrder(split.version), sharesPrice },
    ])
  }
  return snapshots
}

/** The catalogues of a list by provider; pure, except that it throws for what cannot be read. */
export function createCatalogues(providers: readonly Provider[]): ReadonlyMap<string, ProviderCatalogue> {
  const own = new Map(
    providers.map((provider) => [provider.id, new CatalogueBuilder(provider.id, provider.models).build()]),
  )
  return new Map(
    providers.map((provider) => {
      const builder = own.get(provider.id)
      const names = new Map(builder?.names)
      const models = new Map(builder?.models)
      for (const fallback of provider.fallback_model_providers ?? []) addFallback(names, models, own.get(fallback))
      const hasVendors = !FIRST_PARTY.has(provider.id) && provider.models.some((info) => info.id.includes('/'))
      return [provider.id, { names, models: [...models.values()], hasVendors, snapshots: snapshotsOf(names) }] as const
    }),
  )
}

/** The list says of some hosts (Azure, Google) that they sell another provider's models at that provider's prices. */
function addFallback(
  names: Map<string, Listed>,
  models: Map<string, CatalogueModel>,
  fallback: CatalogueBuilder | undefined,
): void {
  const claimed = new Map(names)
  for (const [key, entry] of fallback?.models ?? []) if (!claimed.has(entry.model)) models.set(key, entry)
  for (const [key, listed] of fallback?.names ?? []) {
    if (claimed.has(key)) continue
    const own = claimed.get(listed.model)
    names.set(key, own ? { ...own, version: listed.version } : listed)
  }
}

let catalogues: ReadonlyMap<string, ProviderCatalogue> | null = null

/** The catalogue of a canonical provider id, or null for a provider that the list does not have. Built once. */
export function catalogueOf(provider: string): ProviderCatalogue | null {
  catalogues ??= createCatalogues(listProviders())
  return catalogues.get(provider) ?? null
}

/**
 * Canonical name and version of a parsed name, or null when the list does not have it. Exact names only, or a name the
 * list has followed by a recognised version: a dated snapshot of a listed family, or any version that the list's own
 * match clause takes. `forms` are the spellings to try on that clause.
 */
export function findListed(
  catalogue: ProviderCatalogue,
  parsed: ParsedName,
  forms: readonly string[],
): { model: string; version: string | null } | null {
  const key = keyOfName(parsed)
  const exact = catalogue.names.get(key)
  if (exact)
    return isOtherRevision(parsed, exact) ? null : { model: exact.model, version: parsed.version ?? exact.version }
  for (const split of splitVersions(parsed.base)) {
    const familyKey = keyOfName(parsed, split.family)
    const family = catalogue.names.get(familyKey)
    if (!family) continue
    const accepted = forms.some((form) => matchesName(family.info.match, form))
    const isSnapshot =
      split.isDate && !family.isStem && !parsed.fineTuned && keepsPrice(catalogue, familyKey, split.version)
    if (accepted || isSnapshot) return { model: family.model, version: split.version }
  }
  return null
}

/** Bedrock's `titan-embed-text-v2` is not `-v1`; a Claude's revision only repeats what its date says. */
function isOtherRevision(parsed: ParsedName, listed: Listed): boolean {
  if (parsed.revision === null || listed.revision === null || parsed.base.startsWith('claude-')) return false
  return parsed.revision !== listed.revision
}

/** An unlisted snapshot has its family's price unless the listed snapshot before it (else the first) has another. */
function keepsPrice(catalogue: ProviderCatalogue, familyKey: string, version: string): boolean {
  const order = snapshotOrder(version)
  const listed = (catalogue.snapshots.get(familyKey) ?? [])
    .filter((snapshot) => snapshot.order.length === order.length)
    .sort((a, b) => (a.order < b.order ? -1 : 1))
  const nearest = listed.filter((snapshot) => snapshot.order <= order).at(-1) ?? listed[0]
  return nearest?.sharesPrice ?? true
}
