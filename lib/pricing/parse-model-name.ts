import { fineTuneBase, respellGpt35, splitBedrockName, splitClaudeName, unfoldAt } from './model-syntax'

/** `vendor` ends with `/` or is empty, `variant` starts with `:` or is empty, so that they can be joined again. */
export type ParsedName = {
  vendor: string
  base: string
  variant: string
  version: string | null
  /** Bedrock's geography prefix: `us`, `eu`, `global`, … */
  geo: string | null
  /** Bedrock's revision, as `v1`. */
  revision: string | null
  fineTuned: boolean
}

/** Takes a name apart as its provider writes it. `name` is trimmed, lower-cased and free of router prefixes. */
export function parseModelName(provider: string, name: string): ParsedName {
  const tuned = fineTuneBase(name)
  if (tuned !== null) {
    const base = respellGpt35(tuned.replace(/^.*\//, '').replace(/-$/, ''))
    return { vendor: '', base, variant: '', version: null, geo: null, revision: null, fineTuned: true }
  }
  if (provider === 'aws') {
    const { base, revision, geo } = splitBedrockName(name)
    const claude = splitClaudeName(base)
    const version = claude?.version ?? revision
    return { vendor: '', base: claude?.base ?? base, variant: '', version, geo, revision, fineTuned: false }
  }
  const slash = name.lastIndexOf('/') + 1
  const colon = name.indexOf(':', slash)
  const end = colon === -1 ? name.length : colon
  const base = respellGpt35(unfoldAt(name.slice(slash, end)))
  const claude = splitClaudeName(base)
  return {
    vendor: name.slice(0, slash),
    base: claude?.base ?? base,
    variant: name.slice(end),
    version: claude?.version ?? null,
    geo: null,
    revision: null,
    fineTuned: false,
  }
}

/** The name under which a catalogue lists what was parsed; `base` may be replaced by a shorter family. */
export function keyOfName(parsed: ParsedName, base: string = parsed.base): string {
  return parsed.fineTuned ? `ft:${base}` : `${parsed.vendor}${base}${parsed.variant}`
}
