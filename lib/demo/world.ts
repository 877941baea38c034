/** A model as one provider sells it, as senders name it, and how fast it is. */
export type DemoDeployment = {
  readonly key: string
  readonly rawProvider: string
  readonly rawModel: string
  readonly firstTokenMs: number
  readonly msPerOutputToken: number
  readonly cache: 'none' | 'reads' | 'reads-and-writes'
  readonly reasons: boolean
  readonly hasTools: boolean
}

const deployment = (
  key: string,
  rawProvider: string,
  rawModel: string,
  [firstTokenMs, msPerOutputToken]: readonly [number, number],
  options: Partial<Pick<DemoDeployment, 'cache' | 'reasons' | 'hasTools'>> = {},
): DemoDeployment => ({
  key,
  rawProvider,
  rawModel,
  firstTokenMs,
  msPerOutputToken,
  cache: 'none',
  reasons: false,
  hasTools: false,
  ...options,
})

export const DEPLOYMENTS: readonly DemoDeployment[] = [
  deployment('gpt-large', 'openai', 'gpt-5.6', [900, 11], { cache: 'reads-and-writes', reasons: true, hasTools: true }),
  deployment('gpt-mini', 'openai', 'gpt-5-mini', [520, 6], { cache: 'reads', reasons: true, hasTools: true }),
  deployment('gpt-mini-renamed', 'openai', 'gpt-5-mini-eu-preview', [540, 6], { cache: 'reads', reasons: true }),
  deployment('gpt-nano', 'openai', 'gpt-5-nano', [380, 4], { cache: 'reads' }),
  deployment('gpt-classic', 'openai', 'gpt-4.1-2025-04-14', [480, 9], { cache: 'reads', hasTools: true }),
  deployment('embedding', 'openai', 'text-embedding-3-small', [60, 0]),
  deployment('opus', 'anthropic', 'claude-opus-4-6', [1300, 16], { cache: 'reads-and-writes', hasTools: true }),
  deployment('sonnet', 'anthropic', 'claude-sonnet-4-6', [850, 12], { cache: 'reads-and-writes', hasTools: true }),
  deployment('haiku', 'anthropic', 'claude-haiku-4-5-20251001', [420, 6], {
    cache: 'reads-and-writes',
    hasTools: true,
  }),
  deployment('gemini-pro', 'google', 'gemini-2.5-pro', [1100, 9], { cache: 'reads', reasons: true }),
  deployment('gemini-flash', 'google', 'gemini-2.5-flash', [390, 4], { cache: 'reads', reasons: true }),
  deployment('gemini-lite', 'google', 'gemini-2.5-flash-lite', [260, 3], { cache: 'reads' }),
  deployment('mistral-large', 'mistral', 'mistral-large-latest', [600, 9]),
  deployment('mistral-small', 'mistral', 'mistral-small-latest', [280, 4]),
  deployment('bedrock-sonnet', 'bedrock', 'eu.anthropic.claude-sonnet-4-5-20250929-v1:0', [980, 13], {
    cache: 'reads-and-writes',
  }),
  deployment('bedrock-haiku', 'bedrock', 'us.anthropic.claude-haiku-4-5-20251001-v1:0', [500, 7], {
    cache: 'reads-and-writes',
  }),
  deployment('nova-lite', 'bedrock', 'amazon.nova-lite-v1:0', [310, 4], { cache: 'reads' }),
]

/** A place of a product that calls a model. Token counts are medians; shares are between 0 and 1. */
export type DemoEndpoint = {
  readonly tag: string
  /** Share of the workspace's requests, relative to the others. */
  readonly weight: number
  readonly primary: string
  /** Takes a share of the requests beside the primary. */
  readonly secondary: string
  readonly secondaryShare: number
  readonly fallback: string
  readonly inputTokens: number
  readonly outputTokens: number
  /** Share of the input that is the same in every request, and so can be cached. */
  readonly cacheableShare: number
  readonly streams: boolean
  /** Name of the prompt (the endpoint's, if null), its first version and the days between releases; null: no prompt. */
  readonly prompt: { readonly name: string; readonly version: number; readonly releaseDays: number } | null
  readonly team: string
  readonly feature: string
}

export type DemoWorkspace = {
  readonly slug: string
  readonly name: string
  readonly timeZone: string
  /** Requests on a workday, at the anchor. */
  readonly requestsPerDay: number
  readonly weekendFactor: number
  readonly nightFactor: number
  readonly tenants: number
  readonly costCentre: string
  readonly endpoints: readonly DemoEndpoint[]
}

type EndpointOptions = Partial<
  Pick<DemoEndpoint, 'secondary' | 'secondaryShare' | 'cacheableShare' | 'streams' | 'prompt'>
>

const endpoint = (
  tag: string,
  weight: number,
  [primary, fallback]: readonly [string, string],
  [inputTokens, outputTokens]: readonly [number, number],
  [team, feature]: readonly [string, string],
  options: EndpointOptions = {},
): DemoEndpoint => ({
  tag,
  weight,
  primary,
  secondary: primary,
  secondaryShare: 0,
  fallback,
  inputTokens,
  outputTokens,
  cacheableShare: 0.5,
  streams: true,
  prompt: { name: tag, version: 3, releaseDays: 150 },
  team,
  feature,
  ...options,
})

const prompt = (name: string, version: number, releaseDays: number) => ({ prompt: { name, version, releaseDays } })

/** Released once, in the middle of the story of the longer answers. */
export const STORY_PROMPT = { endpoint: 'support-reply', before: 'support-reply@v14', after: 'support-reply@v15' }
export const STORY_ROUTING = { endpoint: 'search-answer', before: 'opus', after: 'haiku' }
export const STORY_RENAME = { endpoint: 'ticket-translate', after: 'gpt-mini-renamed' }
export const STORY_RUNAWAY = { endpoint: 'agent-run', workspace: 'acme-agents' }

export const WORKSPACES: readonly DemoWorkspace[] = [
  {
    slug: 'acme-support',
    name: 'Acme Support',
    timeZone: 'Europe/Berlin',
    requestsPerDay: 1_600,
    weekendFactor: 0.35,
    nightFactor: 0.12,
    tenants: 1_200,
    costCentre: 'CC-410',
    endpoints: [
      endpoint('support-reply', 26, ['gpt-large', 'sonnet'], [3_800, 420], ['support', 'reply'], {
        cacheableShare: 0.6,
        ...prompt('support-reply', 14, 1_000),
      }),
      endpoint('ticket-triage', 24, ['gpt-nano', 'gemini-lite'], [1_100, 60], ['support', 'triage'], {
        streams: false,
      }),
      endpoint('ticket-summary', 16, ['gpt-mini', 'haiku'], [2_600, 240], ['support', 'summary'], {
        secondary: 'gemini-flash',
        secondaryShare: 0.25,
        streams: false,
      }),
      endpoint('ticket-translate', 14, ['gpt-mini', 'mistral-small'], [900, 520], ['support', 'translation'], {
        cacheableShare: 0.2,
      }),
      endpoint('knowledge-lookup', 10, ['haiku', 'gpt-mini'], [5_200, 300], ['support', 'knowledge'], {
        cacheableShare: 0.75,
        ...prompt('knowledge-lookup', 7, 40),
      }),
      endpoint('sentiment', 7, ['mistral-small', 'gpt-nano'], [600, 20], ['quality', 'sentiment'], { streams: false }),
      endpoint('call-transcript', 3, ['gemini-flash', 'gpt-mini'], [14_000, 900], ['quality', 'transcripts'], {
        streams: false,
        cacheableShare: 0.1,
      }),
    ],
  },
  {
    slug: 'acme-search',
    name: 'Acme Search',
    timeZone: 'America/New_York',
    requestsPerDay: 1_800,
    weekendFactor: 0.8,
    nightFactor: 0.3,
    tenants: 900,
    costCentre: 'CC-520',
    endpoints: [
      endpoint('search-answer', 22, ['haiku', 'gemini-flash'], [4_400, 380], ['search', 'answers'], {
        cacheableShare: 0.3,
        ...prompt('search-answer', 21, 30),
      }),
      endpoint('query-rewrite', 30, ['gpt-nano', 'gemini-lite'], [420, 45], ['search', 'rewrite'], { streams: false }),
      endpoint('embed-query', 26, ['embedding', 'embedding'], [24, 0], ['search', 'embeddings'], {
        streams: false,
        cacheableShare: 0,
        prompt: null,
      }),
      endpoint('rerank', 12, ['gemini-lite', 'nova-lite'], [3_100, 90], ['ranking', 'rerank'], { streams: false }),
      endpoint(
        'product-compare',
        6,
        ['gemini-pro', 'sonnet'],
        [6_800, 760],
        ['search', 'compare'],
        prompt('product-compare', 2, 45),
      ),
      endpoint('index-enrich', 4, ['nova-lite', 'gemini-lite'], [2_200, 350], ['ranking', 'enrichment'], {
        streams: false,
      }),
    ],
  },
  {
    slug: 'acme-agents',
    name: 'Acme Agents',
    timeZone: 'Asia/Kolkata',
    requestsPerDay: 1_050,
    weekendFactor: 0.55,
    nightFactor: 0.25,
    tenants: 600,
    costCentre: 'CC-630',
    endpoints: [
      endpoint('agent-run', 24, ['sonnet', 'bedrock-sonnet'], [16_000, 850], ['agents', 'run'], {
        secondary: 'gpt-large',
        secondaryShare: 0.3,
        cacheableShare: 0.85,
        ...prompt('agent-run', 31, 24),
      }),
      endpoint('agent-plan', 14, ['opus', 'gpt-large'], [7_500, 640], ['agents', 'plan'], {
        cacheableShare: 0.7,
        ...prompt('agent-plan', 9, 50),
      }),
      endpoint('tool-select', 26, ['haiku', 'bedrock-haiku'], [3_600, 70], ['agents', 'tools'], {
        cacheableShare: 0.8,
        streams: false,
      }),
      endpoint(
        'code-review',
        10,
        ['gpt-large', 'sonnet'],
        [9_800, 900],
        ['developer', 'review'],
        prompt('code-review', 5, 35),
      ),
      endpoint('web-research', 8, ['gpt-classic', 'sonnet'], [6_000, 700], ['agents', 'research'], {
        cacheableShare: 0.2,
      }),
      endpoint('memory-compact', 10, ['gemini-flash', 'haiku'], [8_200, 420], ['agents', 'memory'], { streams: false }),
      endpoint('browser-read', 8, ['gemini-lite', 'gpt-nano'], [5_400, 160], ['agents', 'browser'], {
        streams: false,
        cacheableShare: 0.1,
      }),
    ],
  },
  {
    slug: 'acme-internal',
    name: 'Acme Internal',
    timeZone: 'UTC',
    requestsPerDay: 520,
    weekendFactor: 0.15,
    nightFactor: 0.05,
    tenants: 300,
    costCentre: 'CC-900',
    endpoints: [
      endpoint('chat', 44, ['gpt-large', 'sonnet'], [2_100, 460], ['it', 'chat'], {
        secondary: 'mistral-large',
        secondaryShare: 0.35,
        ...prompt('chat', 4, 70),
      }),
      endpoint('meeting-notes', 18, ['gemini-pro', 'gpt-large'], [11_000, 700], ['it', 'notes'], { streams: false }),
      endpoint('mail-draft', 20, ['mistral-large', 'gpt-mini'], [900, 260], ['it', 'mail']),
      endpoint(
        'sql-assistant',
        12,
        ['bedrock-sonnet', 'gpt-large'],
        [3_300, 310],
        ['data', 'sql'],
        prompt('sql-assistant', 6, 33),
      ),
      endpoint('contract-check', 6, ['opus', 'gemini-pro'], [21_000, 1_100], ['legal', 'contracts'], {
        cacheableShare: 0.2,
        streams: false,
      }),
    ],
  },
]

/** All endpoints in one list, with the index of their workspace. */
export function listEndpoints(): { readonly workspaceIndex: number; readonly endpoint: DemoEndpoint }[] {
  return WORKSPACES.flatMap(({ endpoints }, workspaceIndex) =>
    endpoints.map((each) => ({ workspaceIndex, endpoint: each })),
  )
}
