import 'server-only'
import { randomUUID } from 'node:crypto'
import { takeLease } from '@/db/postgres/queries/leases'
import { Healer } from '@/lib/ledger/heal'
import { log } from '@/lib/log'

const LEASE = 'healer'
/** When the holder is killed, another takes over soon enough for what depends on whole requests to be right within 5 s. */
const LEASE_MS = 2_000
/** A pass and its rest may take longer than the lease, which must not go to and fro: whoever takes over begins anew. */
const RENEW_MS = 500
const EVERY_MS = 1_000
/** A pass over much that was just written may take long; it then rests as long, but what waits is due within 5 s. */
const MAX_REST_MS = 1_500

/**
 * Keeps the classes of requests right that several processes write at once, from now on, one process at a time. Failures
 * are logged and tried again; two holders at once cost time, never a wrong number.
 * @returns ends it after the pass under way
 */
export function startHealing(healer: Pick<Healer, 'isDue' | 'heal' | 'leave'> = new Healer()): () => void {
  const holder = randomUUID()
  let [isHolder, isStopped] = [false, false]

  const hold = async (): Promise<boolean> => {
    try {
      return await takeLease(LEASE, holder, LEASE_MS)
    } catch (error) {
      log.warn({ err: error }, 'It is not known which process checks requests for writers at once; this one does')
      return true
    }
  }
  const turn = async (): Promise<void> => {
    isHolder = (await healer.isDue()) && (await hold())
    if (!isHolder) {
      healer.leave()
      return
    }
    const rows = await healer.heal()
    if (rows > 0) log.info({ rows }, 'Attempts classified anew that several writers had at once')
  }
  const loop = (): void => {
    const startedMs = performance.now()
    turn()
      .catch((error: unknown) =>
        log.warn({ err: error }, 'Requests could not be checked for writers at once; the next turn tries again'),
      )
      .finally(() => {
        if (isStopped) return
        const restMs = Math.max(EVERY_MS, Math.min(performance.now() - startedMs, MAX_REST_MS))
        setTimeout(loop, restMs).unref()
      })
  }
  loop()
  const renewal = setInterval(() => {
    if (!isHolder) return
    takeLease(LEASE, holder, LEASE_MS).then(
      (holds) => {
        isHolder &&= holds
      },
      // The next turn says so.
      () => {},
    )
  }, RENEW_MS).unref()
  return () => {
    isStopped = true
    clearInterval(renewal)
  }
}
