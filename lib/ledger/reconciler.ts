import 'server-only'
import { randomUUID } from 'node:crypto'
import { foldSlotMarks } from '@/db/clickhouse/statements/slot-marks'
import { takeLease } from '@/db/postgres/queries/leases'
import { reconcile, removeStaleBuilds } from '@/lib/ledger/reconcile'
import { MARKS_KEPT_MS } from '@/lib/ledger/slot'
import { log } from '@/lib/log'

const LEASE = 'reconciler'
const LEASE_MS = 60_000
const EVERY_MS = 5_000
const TIDY_EVERY_MS = 15 * 60_000

/**
 * Keeps the rollups up to date from now on, one process at a time. Failures are logged and tried again. The process may end
 * at any moment: what was cut off is done again.
 */
export function startReconciler(): void {
  const holder = randomUUID()
  let tidiedAtMs = performance.now()

  const turn = async (): Promise<void> => {
    if (!(await takeLease(LEASE, holder, LEASE_MS))) return
    const { days } = await reconcile({ now: new Date() })
    if (days > 0) log.info({ days }, 'Rollups built')
    if (performance.now() - tidiedAtMs < TIDY_EVERY_MS) return
    tidiedAtMs = performance.now()
    await removeStaleBuilds(new Date())
    await foldSlotMarks(Date.now() - MARKS_KEPT_MS)
  }
  const loop = (): void => {
    turn()
      .catch((error: unknown) =>
        log.warn({ err: error }, 'Rollups could not be brought up to date; answers come from the attempts until then'),
      )
      .finally(() => setTimeout(loop, EVERY_MS).unref())
  }
  loop()
}
