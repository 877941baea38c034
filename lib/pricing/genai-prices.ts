import {
  type ConditionalPrice,
  findProvider,
  type MatchLogic,
  type ModelInfo,
  type Provider,
} from '@pydantic/genai-prices'

/** Where list prices come from; the test asserts that it names the installed version. */
export const LIST_PRICE_SOURCE = '@pydantic/genai-prices 0.1.8'

/** Ids of every provider in the package: it hands them out one by one only. The test asserts that the list is complete. */
export const LIST_PROVIDERS = [
  ...[
    'anthropic',
    'arcee',
    'avian',
    'aws',
    'azure',
    'baseten',
    'cerebras',
    'cloudflare',
    'cohere',
    'cursor',
    'deepseek',
  ],
  ...[
    'doubleword',
    'fireworks',
    'github-copilot',
    'google',
    'groq',
    'huggingface_cerebras',
    'huggingface_fireworks-ai',
  ],
  ...['huggingface_groq', 'huggingface_hyperbolic', 'huggingface_nebius', 'huggingface_novita', 'huggingface_nscale'],
  ...[
    'huggingface_ovhcloud',
    'huggingface_publicai',
    'huggingface_sambanova',
    'huggingface_together',
    'minimax',
    'mistral',
  ],
  ...['modal', 'moonshotai', 'novita', 'openai', 'openrouter', 'ovhcloud', 'perplexity', 'quicksilverpro', 'together'],
  ...['typesafe', 'voyageai', 'x-ai', 'zai', 'zhipuai'],
] as const

/** The bundled providers, in the package's order. Throws when the package no longer has one of {@link LIST_PROVIDERS}. */
export function listProviders(): readonly Provider[] {
  return LIST_PROVIDERS.map((providerId) => {
    const provider = findProvider({ providerId })
    if (provider?.id !== providerId) {
      throw new Error(
        `${LIST_PRICE_SOURCE} has no provider ${providerId}: update LIST_PROVIDERS to what the package holds.`,
      )
    }
    return provider
  })
}

/** Prices in the package's order: the first is the default, later ones win where their constraint holds. */
export function conditionalPrices(model: ModelInfo): readonly ConditionalPrice[] {
  return Array.isArray(model.prices) ? model.prices : [{ prices: model.prices }]
}

/** All strings a match clause compares with, by kind: names are exact (`equals`), stems are beginnings or parts. */
export function matchLiterals(match: MatchLogic): { names: string[]; stems: string[] } {
  if ('or' in match || 'and' in match) {
    const parts = ('or' in match ? match.or : match.and).map(matchLiterals)
    return { names: parts.flatMap((part) => part.names), stems: parts.flatMap((part) => part.stems) }
  }
  if ('equals' in match) return { names: [match.equals], stems: [] }
  if ('starts_with' in match) return { names: [], stems: [match.starts_with] }
  if ('contains' in match) return { names: [], stems: [match.contains] }
  if ('ends_with' in match) return { names: [], stems: [match.ends_with] }
  return { names: [], stems: [] }
}

const regexes = new Map<string, RegExp>()

/** The package's own matching, as it does it: lower-cased, regular expressions as they are. */
export function matchesName(match: MatchLogic, name: string): boolean {
  if ('or' in match) return match.or.some((part) => matchesName(part, name))
  if ('and' in match) return match.and.every((part) => matchesName(part, name))
  const lower = name.toLowerCase()
  if ('equals' in match) return lower === match.equals.toLowerCase()
  if ('starts_with' in match) return lower.startsWith(match.starts_with.toLowerCase())
  if ('ends_with' in match) return lower.endsWith(match.ends_with.toLowerCase())
  if ('contains' in match) return lower.includes(match.contains.toLowerCase())
  const regex = regexes.get(match.regex) ?? new RegExp(match.regex)
  regexes.set(match.regex, regex)
  return regex.test(name)
}
