import { describe, expect, it } from 'vitest'
import { type SentUsage, splitUsage } from '@/lib/events/split-usage'
import { createPriceIndex, loadListPriceBook } from '@/lib/pricing/price-book'
import { priceUsage } from '@/lib/pricing/price-usage'

/**
 * The usage objects of the providers' own documentation, sent as the event has them: `input` with caches and audio,
 * `output` with reasoning and audio, whatever the provider's counts include.
 */

const index = createPriceIndex(loadListPriceBook())

const ABSENT: SentUsage = {
  ...{ inputTokens: null, outputTokens: null, totalTokens: null, cacheReadTokens: null, cacheWriteTokens: null },
  ...{ cacheWrite1hTokens: null, reasoningTokens: null, audioInputTokens: null, audioOutputTokens: null },
  toolRequests: null,
}

type Example = {
  name: string
  provider: string
  model: string
  region?: string
  at?: string
  /** Tokens that the provider reported, all of them. */
  reported: number
  sent: Partial<SentUsage>
  classes: Partial<ReturnType<typeof splitUsage>['classes']>
  costUsd: string
}

const EXAMPLES: readonly Example[] = [
  {
    // prompt_tokens 2006 {cached_tokens 1920}, completion_tokens 300, total_tokens 2306: caches are part of the prompt.
    name: 'OpenAI Chat Completions, prompt caching',
    ...{ provider: 'openai', model: 'gpt-4o', reported: 2_306 },
    sent: { inputTokens: 2_006, cacheReadTokens: 1_920, outputTokens: 300, reasoningTokens: 0, totalTokens: 2_306 },
    classes: { inputUncached: 86, cacheRead: 1_920, output: 300 },
    // 86 × 2.50 + 1920 × 1.25 + 300 × 10
    costUsd: '0.005615',
  },
  {
    // input_tokens 75, output_tokens 1186 {reasoning_tokens 1024}, total_tokens 1261: reasoning is part of the output.
    name: 'OpenAI Responses, reasoning',
    ...{ provider: 'openai', model: 'o3', reported: 1_261 },
    sent: { inputTokens: 75, outputTokens: 1_186, reasoningTokens: 1_024, totalTokens: 1_261 },
    classes: { inputUncached: 75, output: 162, reasoning: 1_024 },
    // 75 × 2 + 1186 × 8
    costUsd: '0.009638',
  },
  {
    // input_tokens 2048, cache_read 1800, cache_creation 248 {5m 148, 1h 100}, output_tokens 503: caches come on top.
    name: 'Anthropic Messages, caches of 5 minutes and of 1 hour',
    ...{ provider: 'anthropic', model: 'claude-sonnet-4-5', reported: 2_048 + 1_800 + 248 + 503 },
    sent: {
      ...{ inputTokens: 4_096, cacheReadTokens: 1_800, cacheWriteTokens: 248, cacheWrite1hTokens: 100 },
      ...{ outputTokens: 503, toolRequests: 1 },
    },
    classes: { inputUncached: 2_048, cacheRead: 1_800, cacheWrite5m: 148, cacheWrite1h: 100, output: 503 },
    // 2048 × 3 + 1800 × 0.30 + 148 × 3.75 + 100 × 6 + 503 × 15, and a web search at 10 per thousand
    costUsd: '0.025384',
  },
  {
    // The whole request takes the price above 200,000 tokens of input, caches included.
    name: 'Anthropic Messages, long context',
    ...{ provider: 'anthropic', model: 'claude-sonnet-4-5', reported: 150_000 + 60_000 + 1_000 },
    sent: { inputTokens: 210_000, cacheReadTokens: 60_000, outputTokens: 1_000 },
    classes: { inputUncached: 150_000, cacheRead: 60_000, output: 1_000 },
    // 150000 × 6 + 60000 × 0.60 + 1000 × 22.50
    costUsd: '0.9585',
  },
  {
    // promptTokenCount 1200 {cachedContentTokenCount 1024}, candidates 172, thoughts 128, total 1500: thoughts on top.
    name: 'Gemini generateContent, thinking',
    ...{ provider: 'google', model: 'gemini-2.5-pro', reported: 1_500 },
    sent: {
      inputTokens: 1_200,
      cacheReadTokens: 1_024,
      outputTokens: 172 + 128,
      reasoningTokens: 128,
      totalTokens: 1_500,
    },
    classes: { inputUncached: 176, cacheRead: 1_024, output: 172, reasoning: 128 },
    // 176 × 1.25 + 1024 × 0.125 + 300 × 10
    costUsd: '0.003348',
  },
  {
    // inputTokens 10, cacheReadInputTokens 1100, cacheWriteInputTokens 200, outputTokens 60: caches come on top.
    name: 'Bedrock Converse, regional inference with caches',
    ...{ provider: 'aws', model: 'claude-sonnet-4-5', region: 'eu', reported: 1_370 },
    sent: { inputTokens: 1_310, cacheReadTokens: 1_100, cacheWriteTokens: 200, outputTokens: 60, totalTokens: 1_370 },
    classes: { inputUncached: 10, cacheRead: 1_100, cacheWrite5m: 200, output: 60 },
    // 10 × 3.30 + 1100 × 0.33 + 200 × 4.125 + 60 × 16.50
    costUsd: '0.002211',
  },
  {
    // prompt_tokens 1200 = hit 1024 + miss 176, completion_tokens 300 {reasoning_tokens 128}
    name: 'DeepSeek, context caching by day',
    ...{ provider: 'deepseek', model: 'deepseek-reasoner', at: '2025-06-01T12:00:00Z', reported: 1_500 },
    sent: { inputTokens: 1_200, cacheReadTokens: 1_024, outputTokens: 300, reasoningTokens: 128, totalTokens: 1_500 },
    classes: { inputUncached: 176, cacheRead: 1_024, output: 172, reasoning: 128 },
    // 176 × 0.55 + 1024 × 0.14 + 300 × 2.19
    costUsd: '0.00089716',
  },
  {
    name: 'DeepSeek, context caching at night',
    ...{ provider: 'deepseek', model: 'deepseek-reasoner', at: '2025-06-01T20:00:00Z', reported: 1_500 },
    sent: { inputTokens: 1_200, cacheReadTokens: 1_024, outputTokens: 300, reasoningTokens: 128, totalTokens: 1_500 },
    classes: { inputUncached: 176, cacheRead: 1_024, output: 172, reasoning: 128 },
    // 176 × 0.135 + 1024 × 0.035 + 300 × 0.55
    costUsd: '0.0002246',
  },
  {
    // prompt_tokens 194 {cached_tokens 0, audio_tokens 0}, completion_tokens 2 {reasoning_tokens 0}, total_tokens 196
    name: 'OpenRouter, usage accounting',
    ...{ provider: 'openrouter', model: 'gpt-4o', reported: 196 },
    sent: {
      ...{ inputTokens: 194, cacheReadTokens: 0, audioInputTokens: 0, outputTokens: 2, reasoningTokens: 0 },
      totalTokens: 196,
    },
    classes: { inputUncached: 194, output: 2 },
    // 194 × 2.50 + 2 × 10
    costUsd: '0.000505',
  },
]

describe('published usage', () => {
  it.each(EXAMPLES)('$name', ({ provider, model, region, at, reported, sent, classes, costUsd }) => {
    const split = splitUsage({ ...ABSENT, ...sent })
    const { toolRequests, unsplit, ...tokens } = split.classes
    const none = Object.fromEntries(Object.keys(tokens).map((name) => [name, 0]))
    expect(tokens).toEqual({ ...none, ...classes })
    expect([split.knowledge, split.totalMismatch, unsplit]).toEqual(['known', false, 0])
    expect(Object.values(tokens).reduce((sum, count) => sum + count, 0)).toBe(reported)

    const found = index.find({
      ...{ provider, model, serviceTier: null, region: region ?? null },
      inputTokensTotal: sent.inputTokens ?? 0,
      at: new Date(at ?? '2026-11-01T00:00:00Z'),
    })
    if (found.kind !== 'priced') throw new Error(found.kind)
    expect(priceUsage({ ...tokens, toolRequests }, found.row.unitPrices)).toMatchObject({ kind: 'priced', costUsd })
  })
})
