import { afterAll, expect, it } from 'vitest'
import { GET } from '@/app/metrics/route'
import { closeClickHouse } from '@/db/clickhouse/client'
import { closePostgres } from '@/db/postgres/client'
import { ingestEvents } from '@/lib/events/ingest'
import { mintWorkspace } from '@/lib/events/ingest-fixture'

afterAll(async () => {
  await closeClickHouse()
  await closePostgres()
})

async function readNumbers(): Promise<Record<string, number>> {
  const text = await (await GET()).text()
  const lines = text.split('\n').filter((line) => line.startsWith('farthing_'))
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))]))
}

it('counts events by what became of them', async () => {
  const { workspaceId } = await mintWorkspace()
  const before = await readNumbers()
  const event = { externalRequestId: 'm1', provider: 'openai', model: 'gpt-4o', inputTokens: 1, attempt: 1 }
  await ingestEvents({
    workspace: { id: workspaceId },
    apiKeyId: 0,
    defaults: { environment: null, dataMode: null },
    events: [event, event, { ...event, inputTokens: -1 }],
    receivedAt: new Date(),
    mode: 'http',
  })
  const after = await readNumbers()
  const grown = (result: string) => {
    const name = `farthing_ingest_events_total{result="${result}"}`
    return (after[name] ?? Number.NaN) - (before[name] ?? Number.NaN)
  }
  expect([grown('accepted'), grown('duplicate'), grown('rejected')]).toEqual([1, 1, 1])
  expect(after.farthing_ingest_waiting_events).toBe(0)
})

it('is text of Prometheus and is not kept', async () => {
  const answer = await GET()
  expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/)
  expect(answer.headers.get('cache-control')).toBe('no-store')
  expect(await answer.text()).toContain('process_resident_memory_bytes')
})
