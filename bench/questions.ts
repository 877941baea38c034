import { z } from 'zod'
import { ask, type Target } from '@/bench/ingest'
import { formatMs, type Measurement, quantile } from '@/bench/print-table'
import { queryRows } from '@/db/clickhouse/client'

const RUNS = 9
const DAY_MS = 86_400_000

const QUESTIONS: Readonly<Record<string, object>> = {
  'spend and requests by day': { measures: ['spend', 'requests'], dimensions: ['time'] },
  'top 20 endpoints': { measures: ['spend', 'requests'], dimensions: ['endpoint'], limit: 20 },
  'top 20 users': { measures: ['spend', 'requests'], dimensions: ['user'], limit: 20 },
  'model by day': { measures: ['spend'], dimensions: ['time', 'model'] },
  'p95 by model': { measures: ['latencyP95'], dimensions: ['model'] },
  'prompt versions': { measures: ['spend', 'requests', 'outputTokens'], dimensions: ['promptVersion'] },
}

async function medianMs(run: () => Promise<unknown>): Promise<number> {
  await run()
  const tookMs: number[] = []
  for (let turn = 0; turn < RUNS; turn += 1) {
    const startedMs = performance.now()
    await run()
    tookMs.push(performance.now() - startedMs)
  }
  return quantile(tookMs, 0.5)
}

/** What no question can be faster than: an empty one, and counting every row, straight at the engine. */
export async function measureFloor(): Promise<Measurement[]> {
  const straight = (sql: string) => medianMs(() => queryRows(z.unknown(), sql))
  return [
    { name: 'floor: an empty question at the engine', values: { median: formatMs(await straight('SELECT 1')) } },
    {
      name: 'floor: all rows summed at the engine',
      values: { median: formatMs(await straight('SELECT sum(input_uncached), count() FROM attempts')) },
    },
  ]
}

/** Warm medians of the questions of a dashboard, each alone and all at once. */
export async function askQuestions(target: Target): Promise<Measurement[]> {
  const now = Date.now()
  const range = { from: new Date(now - 30 * DAY_MS).toISOString(), to: new Date(now + DAY_MS).toISOString() }
  const asked = Object.entries(QUESTIONS).map(([name, question]) => ({ name, question: { ...range, ...question } }))
  const measurements: Measurement[] = []
  for (const { name, question } of asked) {
    measurements.push({ name, values: { median: formatMs(await medianMs(() => ask(target, question))) } })
  }
  const page = await medianMs(() => Promise.all(asked.map(({ question }) => ask(target, question))))
  return [...measurements, { name: 'the six at once', values: { median: formatMs(page) } }]
}

const storageRow = z.object({ name: z.string(), stored: z.coerce.number(), bytes: z.coerce.number() })

/** Rows and bytes of each table. */
export async function measureStorage(): Promise<Measurement[]> {
  const rows = await queryRows(
    storageRow,
    `SELECT table AS name, sum(rows) AS stored, sum(bytes_on_disk) AS bytes FROM system.parts
     WHERE active AND database = currentDatabase() AND table LIKE 'attempt%' GROUP BY table ORDER BY table`,
    { role: 'write' },
  )
  return rows.map(({ name, stored, bytes }) => ({
    name,
    values: {
      rows: stored.toLocaleString('en-US'),
      'bytes/row': (bytes / Math.max(1, stored)).toFixed(0),
    },
  }))
}
