import { z } from 'zod'
import { formatMs, type Measurement, quantile } from '@/bench/print-table'

/** A running instance and a key of it that may ingest and read. */
export type Target = { url: string; key: string }

const DAY_MS = 86_400_000
const MODELS = [
  ['openai', 'gpt-4o'],
  ['openai', 'gpt-4o-mini'],
  ['anthropic', 'claude-sonnet-4-5'],
  ['google', 'gemini-2.5-pro'],
  ['mistral', 'mistral-large-latest'],
] as const

const accepted = z.object({ accepted: z.number(), duplicates: z.number(), rejected: z.array(z.unknown()) })

/** Event number `index` of a series: the same number gives the same event. */
function makeEvent(series: string, index: number, atMs: number): object {
  const [provider, model] = MODELS[index % MODELS.length] ?? MODELS[0]
  return {
    externalRequestId: `${series}-${index}`,
    attempt: 1,
    provider,
    model,
    endpointTag: `endpoint-${index % 25}`,
    promptVersion: `prompt@v${index % 40}`,
    userId: `user-${(index * 7919) % 3_000}`,
    inputTokens: 200 + ((index * 31) % 4_000),
    outputTokens: 20 + ((index * 17) % 900),
    latencyMs: 150 + ((index * 13) % 5_000),
    status: index % 50 === 0 ? 'error' : 'success',
    environment: 'prod',
    dataMode: 'real',
    timestamp: atMs,
    tags: { team: `team-${index % 6}`, feature: `feature-${index % 11}` },
  }
}

async function post(target: Target, events: readonly object[]): Promise<z.infer<typeof accepted>> {
  const response = await fetch(`${target.url}/v1/events`, {
    method: 'POST',
    headers: { authorization: `Bearer ${target.key}`, 'content-type': 'application/json' },
    body: JSON.stringify(events),
  })
  if (!response.ok) throw new Error(`ingest answered ${response.status}: ${await response.text()}`)
  return accepted.parse(await response.json())
}

let seriesStartMs: number | null = null

/** Posts events of the last 30 days in batches, one after the other; the same events every time in a run. */
export async function ingestBatches(
  target: Target,
  plan: { name: string; events: number; batch: number },
): Promise<Measurement> {
  seriesStartMs ??= Date.now() - 30 * DAY_MS
  const stepMs = (30 * DAY_MS) / plan.events
  const tookMs: number[] = []
  let stored = 0
  const startedMs = performance.now()
  for (let from = 0; from < plan.events; from += plan.batch) {
    const start = seriesStartMs
    const events = Array.from({ length: plan.batch }, (_, index) =>
      makeEvent('batch', from + index, Math.floor(start + (from + index) * stepMs)),
    )
    const sentMs = performance.now()
    stored += (await post(target, events)).accepted
    tookMs.push(performance.now() - sentMs)
  }
  const totalMs = performance.now() - startedMs
  return {
    name: plan.name,
    values: {
      total: `${(totalMs / 1000).toFixed(1)} s`,
      'events/s': Math.round((plan.events / totalMs) * 1000).toLocaleString('en-US'),
      stored: stored.toLocaleString('en-US'),
      p50: formatMs(quantile(tookMs, 0.5)),
      p99: formatMs(quantile(tookMs, 0.99)),
    },
  }
}

/** Posts at a fixed rate whatever the answers take; latencies count from when a batch was due. */
export async function ingestRate(
  target: Target,
  plan: { name: string; perSecond: number; batch: number; seconds: number },
): Promise<Measurement> {
  const count = (plan.perSecond / plan.batch) * plan.seconds
  const intervalMs = (1000 * plan.batch) / plan.perSecond
  const startedMs = performance.now()
  const sent = Array.from({ length: count }, async (_, turn) => {
    const dueMs = startedMs + turn * intervalMs
    await new Promise((resolve) => setTimeout(resolve, dueMs - performance.now()))
    const events = Array.from({ length: plan.batch }, (_, index) =>
      makeEvent(plan.name, turn * plan.batch + index, Date.now()),
    )
    const { accepted: stored } = await post(target, events)
    return { tookMs: performance.now() - dueMs, stored }
  })
  const results = await Promise.all(sent)
  const totalMs = performance.now() - startedMs
  const stored = results.reduce((sum, result) => sum + result.stored, 0)
  const tookMs = results.map((result) => result.tookMs)
  return {
    name: plan.name,
    values: {
      total: `${(totalMs / 1000).toFixed(1)} s`,
      'events/s': Math.round((stored / totalMs) * 1000).toLocaleString('en-US'),
      stored: stored.toLocaleString('en-US'),
      p50: formatMs(quantile(tookMs, 0.5)),
      p99: formatMs(quantile(tookMs, 0.99)),
    },
  }
}

const totals = z.object({ totals: z.object({ attempts: z.string() }) })

/** From sending an event until a question counts it. */
export async function measureFreshness(target: Target): Promise<Measurement> {
  const tookMs: number[] = []
  for (let round = 0; round < 10; round += 1) {
    const endpoint = `fresh-${round}`
    const startedMs = performance.now()
    await post(target, [{ ...makeEvent('fresh', round, Date.now()), endpointTag: endpoint }])
    const range = { from: new Date(Date.now() - DAY_MS).toISOString(), to: new Date(Date.now() + DAY_MS).toISOString() }
    const filters = [{ dimension: 'endpoint', operator: 'in', values: [endpoint] }]
    for (;;) {
      const answer = totals.parse(await ask(target, { ...range, measures: ['attempts'], filters }))
      if (answer.totals.attempts === '1') break
    }
    tookMs.push(performance.now() - startedMs)
  }
  return {
    name: 'from POST until a question counts it',
    values: { p50: formatMs(quantile(tookMs, 0.5)), p99: formatMs(quantile(tookMs, 0.99)) },
  }
}

/** Asks one question. */
export async function ask(target: Target, question: object): Promise<unknown> {
  const response = await fetch(`${target.url}/v1/query`, {
    method: 'POST',
    headers: { 'x-api-key': target.key, 'content-type': 'application/json' },
    body: JSON.stringify(question),
  })
  if (!response.ok) throw new Error(`query answered ${response.status}: ${await response.text()}`)
  return response.json()
}
