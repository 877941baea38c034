/** A model name without what routers and clouds put before it, and what that said. */
export type PeeledName = { name: string; hint: string | null; region: string | null; isOpaque: boolean }

/** Prefixes that only say how the call travelled. */
const TRANSPARENT = new Set(['litellm_proxy', 'litellm', 'models', 'model', 'foundation-model', 'inference-profile'])

/** Prefixes that say who served it (LiteLLM's, OpenRouter's and the Vercel AI Gateway's spellings). */
const HINTS: ReadonlyMap<string, string> = new Map([
  ...(['openai', 'anthropic', 'azure', 'google', 'mistral', 'cohere', 'deepseek', 'groq', 'openrouter'] as const).map(
    (provider) => [provider, provider] as const,
  ),
  ...(['perplexity', 'cerebras', 'minimax', 'moonshotai', 'x-ai', 'zai', 'novita', 'baseten'] as const).map(
    (provider) => [provider, provider] as const,
  ),
  ['azure_ai', 'azure'],
  ['azure_text', 'azure'],
  ['bedrock', 'aws'],
  ['bedrock_converse', 'aws'],
  ['amazon-bedrock', 'aws'],
  ['converse', 'aws'],
  ['converse_like', 'aws'],
  ['invoke', 'aws'],
  ['vertex_ai', 'google'],
  ['vertex_ai_beta', 'google'],
  ['vertex', 'google'],
  ['gemini', 'google'],
  ['text-completion-openai', 'openai'],
  ['mistralai', 'mistral'],
  ['codestral', 'mistral'],
  ['cohere_chat', 'cohere'],
  ['xai', 'x-ai'],
  ['z-ai', 'zai'],
  ['moonshot', 'moonshotai'],
  ['together_ai', 'together'],
  ['together', 'together'],
  ['fireworks_ai', 'fireworks'],
  ['fireworks', 'fireworks'],
  ['github_copilot', 'github-copilot'],
  ['voyage', 'voyageai'],
  ['cloudflare', 'cloudflare'],
  ['huggingface', 'huggingface'],
  ['ollama', 'ollama'],
  ['ollama_chat', 'ollama'],
  ['hosted_vllm', 'hosted_vllm'],
  ['vllm', 'vllm'],
  ['databricks', 'databricks'],
  ['sagemaker', 'sagemaker'],
  ['replicate', 'replicate'],
])

const ARN = /^arn:aws[a-z-]*:bedrock:([a-z0-9-]*):\d*:([a-z-]+)\/(.+)$/
const READABLE_ARNS = new Set(['foundation-model', 'inference-profile'])
const PUBLISHER_PATH = /^(?:projects\/[^/]+\/)?(?:locations\/([^/]+)\/)?publishers\/[^/]+\/models\/(.+)$/
const CLOUD_REGION = /^[a-z]{2}(?:-[a-z]+)+-?\d+$/

/**
 * One prefix off the front of a trimmed, lower-cased name, or null when it has none. An ARN of an application inference
 * profile, a provisioned or an imported model names no model: it stays, marked opaque.
 */
export function peelPrefix(name: string): PeeledName | null {
  const arn = ARN.exec(name)
  if (arn?.[2] !== undefined && arn[3] !== undefined) {
    const isOpaque = !READABLE_ARNS.has(arn[2])
    return { name: isOpaque ? `${arn[2]}/${arn[3]}` : arn[3], hint: 'aws', region: arn[1] || null, isOpaque }
  }
  const path = PUBLISHER_PATH.exec(name)
  if (path?.[2] !== undefined) return { name: path[2], hint: 'google', region: path[1] ?? null, isOpaque: false }
  const slash = name.indexOf('/')
  if (slash <= 0 || slash === name.length - 1) return null
  const prefix = name.slice(0, slash)
  const rest = { name: name.slice(slash + 1), region: null, isOpaque: false }
  if (TRANSPARENT.has(prefix)) return { ...rest, hint: null }
  const hint = HINTS.get(prefix)
  return hint === undefined ? null : { ...rest, hint }
}

/** The region in Bedrock's `bedrock/eu-central-1/<model>`. */
export function peelRegion(name: string): { name: string; region: string } | null {
  const slash = name.indexOf('/')
  const region = name.slice(0, Math.max(slash, 0))
  return CLOUD_REGION.test(region) ? { name: name.slice(slash + 1), region } : null
}
