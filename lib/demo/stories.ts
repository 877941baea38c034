/**
 * What happened in the demo data, to be found in the console. Days count from the anchor: UTC midnight of the day on which
 * the data were first generated. `endDaysBefore` is null for what has not ended.
 */
export type DemoStory = {
  readonly id: 'provider-outage' | 'longer-answers' | 'renamed-model' | 'runaway-tenant' | 'routing-change'
  readonly title: string
  /** What to look at, and what it shows. */
  readonly lesson: string
  readonly workspace: string
  readonly startDaysBefore: number
  readonly endDaysBefore: number | null
  /** Filters of the console that bring it out, by dimension. */
  readonly filters: Readonly<Record<string, string>>
}

export const DEMO_STORIES: readonly DemoStory[] = [
  {
    id: 'provider-outage',
    title: 'A provider is down for two days',
    lesson:
      'OpenAI fails: retries multiply, requests fall back to Anthropic at a higher price, and a part of them fails. Retry and fallback ratio, waste and cost per request jump in every workspace; acme-support shows it best.',
    workspace: 'acme-support',
    startDaysBefore: 21,
    endDaysBefore: 19,
    filters: { provider: 'openai' },
  },
  {
    id: 'longer-answers',
    title: 'A prompt version doubles the output',
    lesson:
      'support-reply@v15 answers twice as long as v14: the same number of requests, twice the output tokens. Prompt Versions shows cost per request of the two side by side.',
    workspace: 'acme-support',
    startDaysBefore: 12,
    endDaysBefore: null,
    filters: { endpoint: 'support-reply' },
  },
  {
    id: 'renamed-model',
    title: 'A model is renamed into an unknown one',
    lesson:
      'ticket-translate now calls gpt-5-mini-eu-preview, which no price list has: its spend is unpriced, not zero. The unknown-model ratio rises and pricing coverage falls.',
    workspace: 'acme-support',
    startDaysBefore: 6,
    endDaysBefore: null,
    filters: { endpoint: 'ticket-translate' },
  },
  {
    id: 'runaway-tenant',
    title: 'One tenant runs away',
    lesson:
      'A single tenant of acme-agents loops through agent-run, more every hour, and becomes by far the dearest user. Top Users shows it first.',
    workspace: 'acme-agents',
    startDaysBefore: 4,
    endDaysBefore: -1,
    filters: { endpoint: 'agent-run' },
  },
  {
    id: 'routing-change',
    title: 'An endpoint moves to a smaller model',
    lesson:
      'search-answer moves from claude-opus-4-6 to claude-haiku-4-5: as many requests, a fraction of the cost of each.',
    workspace: 'acme-search',
    startDaysBefore: 35,
    endDaysBefore: null,
    filters: { endpoint: 'search-answer' },
  },
]

const DAY_MS = 86_400_000

/** When a story begins and ends (exclusive; null: it goes on), for data anchored at `anchorMs`. */
export function storyWindow(id: DemoStory['id'], anchorMs: number): { fromMs: number; toMs: number | null } {
  const story = DEMO_STORIES.find((candidate) => candidate.id === id)
  if (!story) throw new Error(`there is no story ${id}`)
  return {
    fromMs: anchorMs - story.startDaysBefore * DAY_MS,
    toMs: story.endDaysBefore === null ? null : anchorMs - story.endDaysBefore * DAY_MS,
  }
}

/** Whether `atMs` lies in the story. */
export function isInStory(id: DemoStory['id'], atMs: number, anchorMs: number): boolean {
  const { fromMs, toMs } = storyWindow(id, anchorMs)
  return atMs >= fromMs && (toMs === null || atMs < toMs)
}
