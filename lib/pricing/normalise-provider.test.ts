import { describe, expect, it } from 'vitest'
import { LIST_PROVIDERS } from './genai-prices'
import { isPricelessRouter, normaliseProvider } from './normalise-provider'

describe('normaliseProvider', () => {
  it.each([
    ['openai', 'openai'],
    ['  OpenAI ', 'openai'],
    ['openai.responses', 'openai'],
    ['anthropic', 'anthropic'],
    ['azure.ai.openai', 'azure'],
    ['az.ai.openai', 'azure'],
    ['azure.ai.inference', 'azure'],
    ['azure_openai', 'azure'],
    ['azure_ai', 'azure'],
    ['aws.bedrock', 'aws'],
    ['amazon-bedrock', 'aws'],
    ['bedrock_converse', 'aws'],
    ['gcp.gemini', 'google'],
    ['gcp.vertex_ai', 'google'],
    ['gcp.gen_ai', 'google'],
    ['vertex_ai', 'google'],
    ['gemini', 'google'],
    ['google.generative-ai', 'google'],
    ['mistral_ai', 'mistral'],
    ['x_ai', 'x-ai'],
    ['xai', 'x-ai'],
    ['moonshot_ai', 'moonshotai'],
    ['together_ai', 'together'],
    ['huggingface/together', 'huggingface_together'],
    ['github_copilot', 'github-copilot'],
    ['openrouter', 'openrouter'],
    ['groq', 'groq'],
    ['cohere', 'cohere'],
    ['deepseek', 'deepseek'],
    ['perplexity', 'perplexity'],
  ])('%s is %s', (raw, provider) => {
    expect(normaliseProvider(raw)).toBe(provider)
  })

  it.each(['ibm.watsonx.ai', 'acme gateway', '__proto__', 'constructor', '<img onerror>', 'プロバイダ', ''])(
    'keeps the unknown provider %j',
    (raw) => {
      expect(normaliseProvider(raw)).toBe(raw)
    },
  )

  it('leaves every provider of the list as it is', () => {
    expect(LIST_PROVIDERS.filter((provider) => normaliseProvider(provider) !== provider)).toEqual([])
  })
})

describe('isPricelessRouter', () => {
  it('knows gateways that bill nothing themselves', () => {
    expect(['litellm', 'litellm_proxy', 'portkey', 'helicone'].every(isPricelessRouter)).toBe(true)
    expect(['openrouter', 'openai', 'constructor', ''].some(isPricelessRouter)).toBe(false)
  })
})
