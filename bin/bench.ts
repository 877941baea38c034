import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ingestBatches, ingestRate, measureFreshness } from '@/bench/ingest'
import { printTable } from '@/bench/print-table'
import { askQuestions, measureFloor, measureStorage } from '@/bench/questions'
import { type Lifecycle, runCommand } from '@/bin/launcher/run-command'
import { say } from '@/bin/launcher/say'
import { serve } from '@/bin/launcher/serve'
import { findFreePort } from '@/db/embedded/free-port'
import { closePostgres } from '@/db/postgres/client'
import { applyProvision } from '@/lib/auth/provision'

/** Of an instance that lives as long as the run. */
const SECRET = 'fk_bench000000000000000000000000000000'

runCommand(async (lifecycle) => {
  const url = await startInstance(lifecycle)
  const target = { url, key: SECRET }
  say('')
  printTable('Ingest over HTTP', [
    await ingestBatches(target, { events: 20_000, batch: 500, name: '20,000 events in batches of 500' }),
    await ingestBatches(target, { events: 20_000, batch: 500, name: 'the same again, all duplicates' }),
    await ingestRate(target, { perSecond: 2_000, batch: 100, seconds: 15, name: '2,000 events/s in batches of 100' }),
    await ingestRate(target, { perSecond: 200, batch: 1, seconds: 10, name: '200 single events/s' }),
    await measureFreshness(target),
  ])
  printTable('Questions over POST /v1/query, 30 days', [...(await measureFloor()), ...(await askQuestions(target))])
  printTable('On disk', await measureStorage())
  return 0
})

async function startInstance(lifecycle: Lifecycle): Promise<string> {
  const dataDir = mkdtempSync(join(tmpdir(), 'farthing-bench-'))
  lifecycle.defer(() => rmSync(dataDir, { recursive: true, force: true }))
  const port = await findFreePort()
  const url = `http://localhost:${port}`
  await serve(lifecycle, {
    name: 'bench',
    mode: 'start',
    engines: 'embedded',
    settings: { port, host: '127.0.0.1', publicUrl: url, localUrl: url, dataDir },
    prepare: async () => {
      await applyProvision({
        workspaces: [
          { slug: 'bench', name: 'Bench', keys: [{ name: 'bench', secret: SECRET, scopes: ['ingest', 'read'] }] },
        ],
      })
      await closePostgres()
    },
  })
  return url
}
