import 'server-only'
import { randomUUID } from 'node:crypto'
import { takeLease } from '@/db/postgres/queries/leases'
import { continueErasures } from '@/lib/ledger/erase'
import { retainWorkspaces } from '@/lib/ledger/retain'
import { log } from '@/lib/log'

const LEASE = 'ledger-upkeep'
const TURN_EVERY_MS = 60_000
/** A turn may take long on a big ledger; its steps may be repeated, so two at once cost time, never a wrong number. */
const LEASE_MS = 150_000

const holder = randomUUID()

/** One turn of what the ledger needs done now and then, by whichever process holds the lease. */
async function turn(): Promise<void> {
  if (!(await takeLease(LEASE, holder, LEASE_MS))) return
  await continueErasures(new Date())
  await retainWorkspaces(new Date())
}

/** Starts the turns: open erasures and retention, at once and every minute. */
export function startLedgerUpkeep(): void {
  let isRunning = false
  const run = async (): Promise<void> => {
    if (isRunning) return
    isRunning = true
    try {
      await turn()
    } catch (error) {
      log.warn({ err: error }, 'The upkeep of the ledger failed; the next turn tries again')
    } finally {
      isRunning = false
    }
  }
  void run()
  setInterval(() => void run(), TURN_EVERY_MS).unref()
}
