/** A provider and a model as a sender names them, and as the ledger must name them. */
export type Deployment = {
  rawProvider: string
  rawModel: string
  provider: string
  model: string
  /** The region that the raw model's name says. */
  region: string
  kind: 'text' | 'audio' | 'embedding'
  /** Priced by the hour of the day: only where the event says when it was. */
  isTimed: boolean
}

const text = (rawProvider: string, rawModel: string, provider = rawProvider, model = rawModel): Deployment => ({
  rawProvider,
  rawModel,
  provider,
  model,
  region: '',
  kind: 'text',
  isTimed: false,
})

/**
 * Spelled differently for one model, one model at two providers, two models of one provider; prices with context bands, by
 * the hour, changed within the range, per region, per attempt; and models that no list has.
 */
export const DEPLOYMENTS: readonly [Deployment, ...Deployment[]] = [
  text('openai', 'gpt-4o'),
  text('OpenAI', 'gpt-4o-2024-08-06', 'openai', 'gpt-4o'),
  text('azure', 'gpt-4o'),
  text('openai', 'gpt-4o-mini'),
  text('openai', 'o3'),
  text('openai', 'gpt-5.6-sol'),
  text('anthropic', 'claude-sonnet-4-5'),
  text('anthropic', 'claude-sonnet-4-5-20250929', 'anthropic', 'claude-sonnet-4-5'),
  {
    ...text('aws', 'global.anthropic.claude-sonnet-4-5-20250929-v1:0', 'aws', 'claude-sonnet-4-5'),
    region: 'global',
  },
  text('google', 'gemini-2.5-pro'),
  text('mistral', 'mistral-large-latest', 'mistral', 'mistral-large'),
  text('groq', 'llama-3.3-70b-versatile'),
  text('perplexity', 'sonar'),
  { ...text('deepseek', 'deepseek-chat'), isTimed: true },
  { ...text('openai', 'gpt-4o-audio-preview'), kind: 'audio' },
  { ...text('openai', 'text-embedding-3-small'), kind: 'embedding' },
  text('acme', 'homegrown-7b'),
  text('openai', 'gpt-99-imaginary'),
]

export function deploymentOf(rawProvider: string, rawModel: string): Deployment {
  const found = DEPLOYMENTS.find((each) => each.rawProvider === rawProvider && each.rawModel === rawModel)
  if (!found) throw new Error(`no deployment ${rawProvider} ${rawModel}`)
  return found
}
