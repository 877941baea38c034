import 'server-only'
import type { Lifecycle } from '@/bin/launcher/run-command'
import { serve } from '@/bin/launcher/serve'
import { closeClickHouse } from '@/db/clickhouse/client'
import { findFreePort } from '@/db/embedded/free-port'
import { closePostgres } from '@/db/postgres/client'

export type Instance = { url: string; dataDir: string; close(): Promise<void> }

/**
 * Starts the app and its engines on a data directory, and points this process's own connections at the same engines.
 * One at a time.
 */
export async function openInstance(lifecycle: Lifecycle, dataDir: string): Promise<Instance> {
  const cleanups: (() => unknown)[] = []
  let closing: Promise<void> | undefined
  const close = (): Promise<void> => {
    closing ??= (async () => {
      await Promise.all([closeClickHouse(), closePostgres()])
      for (const cleanup of cleanups.reverse()) await cleanup()
    })()
    return closing
  }
  lifecycle.defer(close)
  const port = await findFreePort()
  const url = `http://localhost:${port}`
  await serve(
    { defer: (cleanup) => cleanups.push(cleanup) },
    {
      name: 'bench',
      mode: 'start',
      engines: 'embedded',
      settings: { port, host: '127.0.0.1', publicUrl: url, localUrl: url, dataDir },
    },
  )
  return { url: `http://127.0.0.1:${port}`, dataDir, close }
}
