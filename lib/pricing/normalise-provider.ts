/** Everything but letters and digits is noise in a provider's name: `azure.ai.openai`, `azure_ai_openai`, `Azure AI OpenAI`. */
function squash(raw: string): string {
  return raw.toLowerCase().replace(/[^a-z0-9]/g, '')
}

/**
 * Other spellings of the providers of the price list, squashed. Sources: OpenTelemetry `gen_ai.provider.name` and its
 * deprecated `gen_ai.system` values, LiteLLM's and the Vercel AI SDK's provider ids.
 */
const SPELLINGS: readonly (readonly [provider: string, spellings: readonly string[]])[] = [
  [
    'openai',
    ['openai', 'openaichat', 'openairesponses', 'openaicompletion', 'openaiembedding', 'textcompletionopenai'],
  ],
  ['anthropic', ['anthropic', 'anthropicmessages', 'claude', 'anthropictext']],
  [
    'azure',
    [
      ...[
        'azure',
        'azureai',
        'azureopenai',
        'azureaiopenai',
        'azopenai',
        'azaiopenai',
        'azureaiinference',
        'azaiinference',
      ],
      ...['azureaifoundry', 'azurefoundry', 'microsoftfoundry', 'azureopenaichat', 'azureopenairesponses', 'azuretext'],
    ],
  ],
  ['aws', ['aws', 'awsbedrock', 'bedrock', 'amazonbedrock', 'bedrockconverse', 'amazon', 'bedrockruntime']],
  [
    'google',
    [
      ...['google', 'gcp', 'gcpgemini', 'gcpvertexai', 'gcpgenai', 'gemini', 'vertex', 'vertexai', 'vertexaibeta'],
      ...[
        'googlevertex',
        'googlevertexai',
        'googlevertexchat',
        'googlevertexanthropic',
        'googlegenai',
        'googlegenerativeai',
      ],
      ...['googleaistudio', 'googlegemini', 'vertexaianthropic', 'anthropicvertex'],
    ],
  ],
  ['mistral', ['mistral', 'mistralai', 'mistralchat', 'codestral']],
  ['cohere', ['cohere', 'coherechat', 'cohereai']],
  ['deepseek', ['deepseek', 'deepseekai', 'deepseekchat']],
  ['x-ai', ['xai', 'xaichat', 'xairesponses']],
  ['groq', ['groq', 'groqchat', 'groqcloud']],
  ['openrouter', ['openrouter', 'openrouterai', 'openrouterchat']],
  ['perplexity', ['perplexity', 'perplexityai']],
  ['moonshotai', ['moonshot', 'moonshotai']],
  ['together', ['together', 'togetherai']],
  ['fireworks', ['fireworks', 'fireworksai']],
  ['cerebras', ['cerebras', 'cerebrasai']],
  ['github-copilot', ['githubcopilot', 'copilot']],
  ['cloudflare', ['cloudflare', 'cloudflareworkersai', 'workersai']],
  ['voyageai', ['voyage', 'voyageai']],
  ['zai', ['zai']],
  ['zhipuai', ['zhipu', 'zhipuai', 'bigmodel']],
  ['minimax', ['minimax', 'minimaxai']],
  ['novita', ['novita', 'novitaai']],
  ['baseten', ['baseten']],
  ['ovhcloud', ['ovh', 'ovhcloud']],
  ['huggingface_cerebras', ['huggingfacecerebras']],
  ['huggingface_fireworks-ai', ['huggingfacefireworksai']],
  ['huggingface_groq', ['huggingfacegroq']],
  ['huggingface_hyperbolic', ['huggingfacehyperbolic']],
  ['huggingface_nebius', ['huggingfacenebius']],
  ['huggingface_novita', ['huggingfacenovita']],
  ['huggingface_nscale', ['huggingfacenscale']],
  ['huggingface_ovhcloud', ['huggingfaceovhcloud']],
  ['huggingface_publicai', ['huggingfacepublicai']],
  ['huggingface_sambanova', ['huggingfacesambanova']],
  ['huggingface_together', ['huggingfacetogether']],
]

const PROVIDER_OF_SPELLING: ReadonlyMap<string, string> = new Map(
  SPELLINGS.flatMap(([provider, spellings]) => spellings.map((spelling) => [spelling, provider] as const)),
)

/** Gateways that forward and have no prices of their own: the model's prefix says who bills. */
const ROUTERS: ReadonlySet<string> = new Set([
  ...[
    'litellm',
    'litellmproxy',
    'portkey',
    'portkeyai',
    'helicone',
    'bifrost',
    'kong',
    'kongai',
    'aigateway',
    'gateway',
  ],
  ...['vercel', 'vercelaigateway', 'cloudflareaigateway'],
])

/**
 * One id per provider: the ids of `@pydantic/genai-prices` (`openai`, `anthropic`, `azure`, `aws`, `google`, `x-ai`, …).
 * A provider that is not known keeps its trimmed, lower-cased name; nothing is rejected.
 */
export function normaliseProvider(raw: string): string {
  const name = raw.trim().toLowerCase()
  return PROVIDER_OF_SPELLING.get(squash(name)) ?? name
}

/** True for gateways without prices of their own (LiteLLM, Portkey, …), by canonical or raw name. */
export function isPricelessRouter(provider: string): boolean {
  return ROUTERS.has(squash(provider))
}
