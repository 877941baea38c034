import 'server-only'
import { enterPhase } from '@/lib/boot/boot-state'
import { closeHttpServers } from '@/lib/boot/http-server'
import { log } from '@/lib/log'

const DRAIN_MS = 10_000

/**
 * On SIGTERM and SIGINT: no new connections, what is queued is stored, answers under way are sent, then exit 0; 10 s at
 * most. A second signal ends the process at once. NEXT_MANUAL_SIG_HANDLE=1 keeps Next.js from exiting first.
 */
export function shutDownOnSignals(): void {
  let stopping = false
  const onSignal = (signal: NodeJS.Signals) => {
    if (stopping) process.exit(1)
    stopping = true
    log.info({ signal }, 'Stopping')
    drain().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ err: error }, 'Stopped before everything was stored; what was not acknowledged must be sent again')
        process.exit(1)
      },
    )
  }
  process.on('SIGTERM', onSignal)
  process.on('SIGINT', onSignal)
}

async function drain(): Promise<void> {
  const startedMs = performance.now()
  enterPhase('stopping')
  const closed = closeHttpServers(DRAIN_MS)
  const { stopAlertWorkers } = await import('@/lib/alerts/worker')
  const sent = stopAlertWorkers()
  const { drainIngest } = await import('@/lib/events/ingest')
  if (!(await drainIngest(DRAIN_MS))) throw new Error('The queue of events was not empty in time.')
  const leftMs = Math.max(0, DRAIN_MS - (performance.now() - startedMs))
  await Promise.race([Promise.all([closed, sent]), new Promise<void>((resolve) => setTimeout(resolve, leftMs))])
}
