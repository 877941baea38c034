/** What the benchmark's data are about. The first workspace has a third of all attempts, the others share the rest evenly. */
export const WORKSPACE_SLUGS = Array.from({ length: 12 }, (_, index) => `bench-${String(index + 1).padStart(2, '0')}`)
/** Where ingest is measured: it holds nothing else. */
export const INGEST_SLUG = 'bench-ingest'

export const DAYS = 90
export const DAY_MS = 86_400_000
export const ENDPOINTS = 60
export const PROMPT_VERSIONS = 200
/** Each endpoint runs this many of the prompt versions. */
export const PROMPTS_PER_ENDPOINT = 10
export const USERS = 50_000
export const TEAMS = 12
export const FEATURES = 20

/** Attempts come in blocks of 100, of which so many are retries, fallbacks and of a model without a price: exact shares. */
export const BLOCK = 100
export const RETRIES_PER_BLOCK = 3
export const FALLBACKS_PER_BLOCK = 2
export const REQUESTS_PER_BLOCK = BLOCK - RETRIES_PER_BLOCK - FALLBACKS_PER_BLOCK

/** The secret of a workspace's key, in instances that only this benchmark starts. */
export function secretOf(slug: string): string {
  return `fk_${slug.replaceAll('-', '_').padEnd(40, '0')}`
}

type Maker = { readonly provider: string; readonly models: readonly string[] }

const MAKERS: readonly Maker[] = [
  {
    provider: 'openai',
    models: [
      ...['gpt-4o-mini', 'gpt-4.1', 'gpt-5-mini', 'gpt-4o', 'gpt-5', 'gpt-4.1-mini', 'gpt-5-nano', 'gpt-5.1'],
      ...['gpt-4.1-nano', 'gpt-5.2'],
    ],
  },
  {
    provider: 'anthropic',
    models: [
      ...['claude-sonnet-5', 'claude-haiku-4-5', 'claude-sonnet-4', 'claude-opus-4-5', 'claude-3-5-haiku'],
      ...['claude-3-7-sonnet', 'claude-opus-4-1', 'claude-3-5-sonnet'],
    ],
  },
  {
    provider: 'google',
    models: [
      ...['gemini-2.5-flash', 'gemini-3.5-flash', 'gemini-2.5-flash-lite', 'gemini-3-flash-preview'],
      ...['gemini-2.0-flash', 'gemini-3.1-flash-lite', 'gemini-2.0-flash-lite'],
    ],
  },
  {
    provider: 'mistral',
    models: [
      ...['mistral-large-2512', 'mistral-small-2603', 'codestral-2508', 'mistral-medium-3-1', 'ministral-8b-2512'],
      'mistral-nemo',
    ],
  },
  {
    provider: 'groq',
    models: ['gpt-oss-120b', 'llama-3.1-8b-instant', 'qwen3-32b', 'gpt-oss-20b', 'kimi-k2-instruct'],
  },
  { provider: 'x-ai', models: ['grok-4', 'grok-code-fast', 'grok-3-mini', 'grok-3'] },
]

export const PROVIDERS = MAKERS.map(({ provider }) => provider)

/** The 40 priced models, most used first, so that neighbours are of different providers. */
export const MODELS: readonly { readonly provider: string; readonly model: string }[] = Array.from(
  { length: Math.max(...MAKERS.map(({ models }) => models.length)) },
  (_, round) =>
    MAKERS.flatMap(({ provider, models }) => {
      const model = models[round]
      return model === undefined ? [] : [{ provider, model }]
    }),
).flat()

/** One model per provider that no list has a price for. */
export const UNKNOWN_MODELS = PROVIDERS.map((provider) => ({ provider, model: 'unlisted-preview-7' }))

/** How far a fallback moves on in {@link MODELS}: to another provider, and to one far away in use. */
export const FALLBACK_STEP = 13
