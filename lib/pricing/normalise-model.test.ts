import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LIST_PROVIDERS, listProviders, matchLiterals } from './genai-prices'
import { type NormalisedModel, normaliseModel } from './normalise-model'
import { createPriceIndex, loadListPriceBook } from './price-book'

const index = createPriceIndex(loadListPriceBook())

function isKnown({ provider, model }: NormalisedModel): boolean {
  return index.isKnownModel(provider, model)
}

describe('forms of model names', () => {
  it.each([
    // OpenAI
    ['openai', 'gpt-4o', 'openai', 'gpt-4o', null],
    ['openai', 'gpt-4o-2024-08-06', 'openai', 'gpt-4o', '2024-08-06'],
    ['openai', 'gpt-4o-2025-03-03', 'openai', 'gpt-4o', '2025-03-03'],
    ['openai', 'gpt-4o-2024-05-13', 'openai', 'gpt-4o-2024-05-13', '2024-05-13'],
    ['openai', 'gpt-4-0613', 'openai', 'gpt-4', '0613'],
    ['openai', 'gpt-3.5-turbo-0613', 'openai', 'gpt-3.5-turbo-0613', '0613'],
    ['openai', 'gpt-5-chat-latest', 'openai', 'gpt-5-chat', 'latest'],
    ['openai', 'gpt-5-1-codex', 'openai', 'gpt-5.1-codex', null],
    ['openai', '  GPT-4o ', 'openai', 'gpt-4o', null],
    ['openai', 'gpt-6-sol-2026-11-01', 'openai', 'gpt-6-sol', '2026-11-01'],
    ['openai', 'text-embedding-3-small', 'openai', 'text-embedding-3-small', null],
    // Azure
    ['azure.ai.openai', 'gpt-35-turbo', 'azure', 'gpt-3.5-turbo', null],
    ['azure', 'gpt-35-turbo-16k-0613', 'azure', 'gpt-3.5-turbo-16k', '0613'],
    ['azure', 'o4-mini-2025-04-16', 'azure', 'o4-mini', '2025-04-16'],
    ['azure', 'gpt-4o', 'azure', 'gpt-4o', null],
    // Anthropic
    ['anthropic', 'claude-sonnet-4-5-20250929', 'anthropic', 'claude-sonnet-4-5', '20250929'],
    ['anthropic', 'claude-sonnet-4-5', 'anthropic', 'claude-sonnet-4-5', null],
    ['anthropic', 'claude-3-7-sonnet-latest', 'anthropic', 'claude-3-7-sonnet', 'latest'],
    ['anthropic', 'claude-3.5-sonnet', 'anthropic', 'claude-3-5-sonnet', null],
    ['anthropic', 'claude-opus-4-20250514', 'anthropic', 'claude-opus-4', '20250514'],
    ['anthropic', 'claude-opus-4-0', 'anthropic', 'claude-opus-4', null],
    ['anthropic', 'claude-4.5-haiku', 'anthropic', 'claude-haiku-4-5', null],
    ['anthropic', 'claude-opus-4-6', 'anthropic', 'claude-opus-4-6', null],
    ['anthropic', 'claude-opus-5', 'anthropic', 'claude-opus-5', null],
    ['anthropic', 'claude-2.1', 'anthropic', 'claude-2', '2.1'],
    // Bedrock
    ['aws', 'anthropic.claude-sonnet-4-5-20250929-v1:0', 'aws', 'claude-sonnet-4-5', '20250929'],
    ['aws', 'anthropic.claude-3-haiku-20240307-v1:0:28k', 'aws', 'claude-3-haiku', '20240307'],
    ['aws', 'amazon.nova-pro-v1:0:300k', 'aws', 'nova-pro', 'v1'],
    ['aws', 'us.deepseek.r1-v1:0', 'aws', 'deepseek-r1', 'v1'],
    ['aws', 'openai.gpt-oss-120b-1:0', 'aws', 'gpt-oss-120b', null],
    ['aws', 'meta.llama3-1-70b-instruct-v1:0', 'aws', 'llama3-1-70b-instruct', 'v1'],
    ['aws', 'mistral.mistral-7b-instruct-v0:2', 'aws', 'mistral-7b-instruct', 'v0'],
    // Vertex and the Gemini API
    ['vertex_ai', 'claude-sonnet-4-5@20250929', 'google', 'claude-sonnet-4-5', '20250929'],
    ['vertex_ai', 'claude-3-5-sonnet-v2@20241022', 'google', 'claude-3-5-sonnet', '20241022'],
    ['vertex_ai', 'claude-opus-4@default', 'google', 'claude-opus-4', null],
    ['vertex_ai', 'claude-opus-4@latest', 'google', 'claude-opus-4', null],
    ['vertex_ai', 'claude-opus-4-1@20250805', 'google', 'claude-opus-4-1', '20250805'],
    ['vertex_ai', 'publishers/anthropic/models/claude-sonnet-4-5@20250929', 'google', 'claude-sonnet-4-5', '20250929'],
    ['gcp.gemini', 'models/gemini-2.5-pro', 'google', 'gemini-2.5-pro', null],
    ['google', 'gemini-2.0-flash-001', 'google', 'gemini-2.0-flash', '001'],
    ['google', 'gemini-2.5-pro-preview-05-06', 'google', 'gemini-2.5-pro', 'preview-05-06'],
    ['google', 'gemini-2.5-pro-exp', 'google', 'gemini-2.5-pro', 'exp'],
    ['google', 'gemini-2.5-flash-preview-09-2025', 'google', 'gemini-2.5-flash', 'preview-09-2025'],
    ['google', 'gemini-2.5-flash-preview-05-20', 'google', 'gemini-2.5-flash-preview', '05-20'],
    // OpenRouter
    ['openrouter', 'anthropic/claude-sonnet-4.5', 'openrouter', 'claude-sonnet-4-5', null],
    ['openrouter', 'anthropic/claude-sonnet-4.5-20250929', 'openrouter', 'claude-sonnet-4-5', '20250929'],
    ['openrouter', 'anthropic/claude-sonnet-4.5:nitro', 'openrouter', 'claude-sonnet-4-5', null],
    ['openrouter', 'openai/gpt-4o:floor', 'openrouter', 'gpt-4o', null],
    ['openrouter', 'openai/gpt-4o:exacto', 'openrouter', 'gpt-4o', null],
    ['openrouter', 'openai/gpt-4o:online', 'openrouter', 'gpt-4o', null],
    ['openrouter', 'openai/gpt-6-luna:batch', 'openrouter', 'gpt-6-luna:batch', null],
    ['openrouter', 'deepseek/deepseek-r1:free', 'openrouter', 'deepseek-r1:free', null],
    ['openrouter', 'anthropic/claude-3.7-sonnet:thinking', 'openrouter', 'claude-3-7-sonnet:thinking', null],
    // Mistral, xAI, Groq
    ['mistral_ai', 'mistral-large-latest', 'mistral', 'mistral-large', 'latest'],
    ['mistral', 'mistral-large-2411', 'mistral', 'mistral-large', '2411'],
    ['mistral', 'mistral-large-2512', 'mistral', 'mistral-large-2512', '2512'],
    ['x_ai', 'grok-4-latest', 'x-ai', 'grok-4', 'latest'],
    ['x_ai', 'grok-4-0709', 'x-ai', 'grok-4', '0709'],
    ['groq', 'openai/gpt-oss-120b', 'groq', 'gpt-oss-120b', null],
    ['fireworks_ai', 'accounts/fireworks/models/deepseek-v3p2', 'fireworks', 'deepseek-v3p2', null],
  ])('%s %s', (rawProvider, rawModel, provider, model, modelVersion) => {
    const normalised = normaliseModel(rawProvider, rawModel)
    expect(normalised).toMatchObject({ provider, model, modelVersion, fineTuned: false })
    expect(isKnown(normalised)).toBe(true)
  })

  it('one Claude has one name on every host', () => {
    const hosted = [
      ['anthropic', 'claude-sonnet-4-5-20250929'],
      ['bedrock', 'eu.anthropic.claude-sonnet-4-5-20250929-v1:0'],
      ['vertex_ai', 'claude-sonnet-4-5@20250929'],
      ['openrouter', 'anthropic/claude-sonnet-4.5'],
      ['azure', 'claude-sonnet-4-5'],
    ] as const
    const names = hosted.map(([provider, model]) => normaliseModel(provider, model))
    expect(names.map(({ model }) => model)).toEqual(Array(5).fill('claude-sonnet-4-5'))
    expect(names.map(({ provider }) => provider)).toEqual(['anthropic', 'aws', 'google', 'openrouter', 'azure'])
    expect(names.every(isKnown)).toBe(true)
  })
})

describe('regions', () => {
  it.each([
    ['us.anthropic.claude-sonnet-4-5-20250929-v1:0', 'us'],
    ['eu.anthropic.claude-sonnet-4-5-20250929-v1:0', 'eu'],
    ['apac.anthropic.claude-sonnet-4-5-20250929-v1:0', 'apac'],
    ['au.anthropic.claude-sonnet-4-5-20250929-v1:0', 'au'],
    ['jp.anthropic.claude-sonnet-4-5-20250929-v1:0', 'jp'],
    ['us-gov.anthropic.claude-sonnet-4-5-20250929-v1:0', 'us-gov'],
    ['global.anthropic.claude-sonnet-4-5-20250929-v1:0', 'global'],
    ['anthropic.claude-sonnet-4-5-20250929-v1:0', null],
    ['arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-sonnet-4-5-20250929-v1:0', 'us-east-1'],
    [
      'arn:aws-us-gov:bedrock:us-gov-west-1:123456789012:inference-profile/anthropic.claude-sonnet-4-5',
      'us-gov-west-1',
    ],
    ['arn:aws-cn:bedrock:cn-north-1:123456789012:inference-profile/anthropic.claude-sonnet-4-5', 'cn-north-1'],
    ['arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.anthropic.claude-sonnet-4-5-20250929-v1:0', 'eu'],
    ['arn:aws:bedrock:eu-west-1:123456789012:inference-profile/global.anthropic.claude-sonnet-4-5', 'global'],
  ])('%s is in %s', (rawModel, region) => {
    const normalised = normaliseModel('aws', rawModel)
    expect(normalised).toMatchObject({ provider: 'aws', model: 'claude-sonnet-4-5', region })
    expect(isKnown(normalised)).toBe(true)
  })

  it('reads the location of a Vertex path', () => {
    const path = 'projects/acme/locations/europe-west1/publishers/google/models/gemini-2.5-pro'
    expect(normaliseModel('google', path)).toMatchObject({ model: 'gemini-2.5-pro', region: 'europe-west1' })
  })

  it.each(['application-inference-profile/abc123', 'provisioned-model/xyz', 'imported-model/q1'])(
    'leaves %s to an alias: it names no model',
    (resource) => {
      const normalised = normaliseModel('aws', `arn:aws:bedrock:us-east-1:123456789012:${resource}`)
      expect(normalised).toMatchObject({ provider: 'aws', model: resource, region: 'us-east-1' })
      expect(isKnown(normalised)).toBe(false)
    },
  )
})

describe('router prefixes', () => {
  it.each([
    ['azure/gpt-4o', 'azure', 'gpt-4o', 'azure', null],
    ['azure_ai/gpt-4o', 'azure', 'gpt-4o', 'azure', null],
    ['vertex_ai/claude-sonnet-4-5@20250929', 'google', 'claude-sonnet-4-5', 'google', null],
    ['bedrock/us.anthropic.claude-opus-4-5-20251101-v1:0', 'aws', 'claude-opus-4-5', 'aws', 'us'],
    ['bedrock/converse/us.anthropic.claude-opus-4-5-20251101-v1:0', 'aws', 'claude-opus-4-5', 'aws', 'us'],
    ['bedrock/eu-central-1/anthropic.claude-opus-4-5-v1:0', 'aws', 'claude-opus-4-5', 'aws', 'eu-central-1'],
    ['vertex_ai/gemini-2.5-pro', 'google', 'gemini-2.5-pro', 'google', null],
    ['gemini/gemini-2.5-flash', 'google', 'gemini-2.5-flash', 'google', null],
    ['openrouter/anthropic/claude-sonnet-4.5', 'openrouter', 'claude-sonnet-4-5', 'openrouter', null],
    ['anthropic/claude-opus-4-5', 'anthropic', 'claude-opus-4-5', 'anthropic', null],
    ['litellm_proxy/openai/gpt-4o', 'openai', 'gpt-4o', 'openai', null],
  ])('%s through LiteLLM', (rawModel, provider, model, routerHint, region) => {
    const normalised = normaliseModel('litellm', rawModel)
    expect(normalised).toMatchObject({ provider, model, routerHint, region })
    expect(isKnown(normalised)).toBe(true)
  })

  it('never replaces a provider that has prices of its own', () => {
    const normalised = normaliseModel('openai', 'anthropic/claude-opus-4-5')
    expect(normalised).toMatchObject({ provider: 'openai', model: 'claude-opus-4-5', routerHint: 'anthropic' })
    expect(isKnown(normalised)).toBe(false)
    expect(normaliseModel('openai', 'openai/gpt-4o')).toMatchObject({ model: 'gpt-4o', routerHint: 'openai' })
  })

  it('does not guess who served a bare name behind a router', () => {
    expect(normaliseModel('litellm', 'gpt-4o')).toMatchObject({
      provider: 'litellm',
      model: 'gpt-4o',
      routerHint: null,
    })
  })
})

describe('fine-tunes', () => {
  it.each([
    ['openai', 'ft:gpt-4o-mini-2024-07-18:org::id', 'ft:gpt-4o-mini', '2024-07-18', true],
    ['openai', 'ft:gpt-4o-mini-2024-07-18:Acme:Bot:Ab12:ckpt-step-100', 'ft:gpt-4o-mini', '2024-07-18', true],
    ['openai', 'ft:gpt-4o-2024-08-06:org::id', 'ft:gpt-4o', '2024-08-06', true],
    ['openai', 'ft:gpt-3.5-turbo-0125:org::id', 'ft:gpt-3.5-turbo', '0125', true],
    ['azure', 'gpt-4o-mini-2024-07-18.ft-abc', 'ft:gpt-4o-mini', '2024-07-18', true],
    ['openai', 'ft:gpt-4.1-2025-04-14:org::id', 'ft:gpt-4.1', '2025-04-14', false],
    ['openai', 'ft:gpt-4-0613:org::id', 'ft:gpt-4', '0613', false],
    ['openai', 'ada:ft-org:2021-08-01', 'ft:ada', null, false],
  ])('%s %s', (provider, rawModel, model, modelVersion, known) => {
    const normalised = normaliseModel(provider, rawModel)
    expect(normalised).toMatchObject({ model, modelVersion, fineTuned: true })
    expect(isKnown(normalised)).toBe(known)
  })
})

describe('names that are not in the list stay unknown', () => {
  it.each([
    ['openai', 'mystery-9000'],
    ['openai', 'gpt-4o-mini-enterprise'],
    ['openai', 'my-gpt-4o'],
    ['openai', 'o3-mini-turbo'],
    ['openai', 'us.anthropic.claude-sonnet-4-5-20250929-v1:0'],
    ['anthropic', 'claude-sonnet-5-5'],
    ['anthropic', 'claude-opus-4-6-fast'],
    ['azure', 'chat-prod'],
    ['azure', 'my-o4-mini'],
    ['aws', 'amazon.titan-embed-text-v2:0'],
    ['aws', 'mistral.mistral-large-2407-v1:0'],
    ['google', 'gemini-1.5-flash-8b'],
    ['google', 'gemini-3.6-flash-lite'],
    ['google', 'gemini-2.5-flash-preview-10-2025'],
    ['mistral', 'mistral-large-2601'],
    ['mistral', 'mistral-small-2402'],
    ['openrouter', 'evil/gpt-4o'],
    ['openrouter', 'anthropic/gpt-4o'],
    ['openrouter', 'openai/gpt-4o:free'],
    ['acme', 'gpt-4o'],
    ['openai', ''],
    ['openai', '__proto__'],
    ['openai', 'constructor'],
    ['openai', 'toString'],
    ['openai', '<img src=x onerror=alert(1)>'],
    ['openai', '模型-９０００'],
    ['openai', `${'a/'.repeat(100)}b`],
    ['openai', '-2024-08-06'],
    ['aws', '-v1:0'],
    ['openai', 'ft:'],
    ['openai', '/'],
  ])('%s %s', (provider, rawModel) => {
    expect(isKnown(normaliseModel(provider, rawModel))).toBe(false)
  })

  it('keeps an unknown name readable', () => {
    expect(normaliseModel('openai', 'Mystery-9000-2027-01-02')).toMatchObject({
      model: 'mystery-9000',
      modelVersion: '2027-01-02',
    })
    expect(normaliseModel('openai', '__proto__').model).toBe('__proto__')
  })

  it('never turns text of any kind into a listed model, unless the list has that text', () => {
    const listed = new Set(listProviders().flatMap((provider) => provider.models.map(({ id }) => id.toLowerCase())))
    fc.assert(
      fc.property(
        fc.constantFrom(...LIST_PROVIDERS),
        fc.string({ unit: 'grapheme', maxLength: 200 }),
        (provider, name) => {
          const normalised = normaliseModel(provider, name)
          expect(normalised.model.length).toBeLessThanOrEqual(name.length * 2 + 16)
          if (isKnown(normalised)) expect(listed).toContain(name.trim().toLowerCase())
        },
      ),
    )
  })

  it('never takes a word appended to a listed name for a version', () => {
    const models = index.canonicalModels()
    fc.assert(
      fc.property(fc.constantFrom(...models), fc.stringMatching(/^[a-z]{4,12}x$/), ({ provider, model }, word) => {
        expect(isKnown(normaliseModel(provider, `${model}-${word}`))).toBe(false)
      }),
    )
  })
})

describe('the catalogue', () => {
  it('normalises every canonical model to itself under its own provider', () => {
    const moved = index.canonicalModels().filter(({ provider, model }) => {
      const normalised = normaliseModel(provider, model)
      return normalised.provider !== provider || normalised.model !== model
    })
    expect(moved).toEqual([])
  })

  it('knows every id and every exact alias of the list', () => {
    const unknown = listProviders().flatMap((provider) =>
      provider.models.flatMap(({ id, match }) =>
        [id, ...matchLiterals(match).names]
          .filter((name) => !isKnown(normaliseModel(provider.id, name)))
          .map((name) => `${provider.id} ${name}`),
      ),
    )
    expect(unknown).toEqual([])
  })

  it('gives equal, unchangeable answers, cached or not', () => {
    const first = normaliseModel('openai', 'gpt-4o-2024-08-06')
    for (let i = 0; i < 25_000; i += 1) normaliseModel('openai', `deployment-${i}`)
    expect(normaliseModel('openai', 'gpt-4o-2024-08-06')).toEqual(first)
    expect(Object.isFrozen(first)).toBe(true)
  })
})
