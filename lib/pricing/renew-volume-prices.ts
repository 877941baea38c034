import 'server-only'
import { randomUUID } from 'node:crypto'
import { withPostgres } from '@/db/postgres/client'
import { findLiveContracts } from '@/db/postgres/queries/contract-prices'
import { releaseLease, renewLease, takeLease } from '@/db/postgres/queries/leases'
import { log } from '@/lib/log'
import { renewVolumes } from '@/lib/pricing/change-prices'

const LEASE = 'price-volumes'
const LEASE_MS = 150_000
const TURN_EVERY_MS = 10 * 60_000
/** What has moved is priced anew at most this often: each time the attempts of its months are stamped again. */
const REST_MS = 60 * 60_000

const holder = randomUUID()

/**
 * Brings the prices of every volume schedule up to what the ledger has now, see {@link renewVolumes}.
 * @returns how many models have other prices by it
 * @throws AppError `unavailable` when a store does not answer; the next call goes on.
 */
export async function renewVolumePrices(restMs: number, now: Date): Promise<number> {
  const contracts = await withPostgres((db) => findLiveContracts(db))
  const schedules = contracts.filter(({ volumeTiers }) => volumeTiers !== null)
  const models = new Map(
    schedules.map(({ provider, model }) => [JSON.stringify([provider, model]), { provider, model }]),
  )
  let renewed = 0
  for (const place of models.values()) {
    if (await renewVolumes(place, restMs, now)) renewed += 1
    await renewLease(LEASE, holder, LEASE_MS)
  }
  return renewed
}

/**
 * Looks every ten minutes whether volume schedules have other prices; what moves within an hour of the last time waits for
 * its end. A failure is logged and the next turn goes on.
 */
export function startVolumePricing(): void {
  let isRunning = false
  const turn = async (): Promise<void> => {
    if (isRunning) return
    isRunning = true
    try {
      if (!(await takeLease(LEASE, holder, LEASE_MS))) return
      const renewed = await renewVolumePrices(REST_MS, new Date())
      await releaseLease(LEASE, holder)
      if (renewed > 0) log.info({ models: renewed }, 'Volume schedules have new prices')
    } catch (error) {
      log.warn({ err: error }, 'Volume schedules could not be priced; the next turn tries again')
    } finally {
      isRunning = false
    }
  }
  void turn()
  setInterval(() => void turn(), TURN_EVERY_MS).unref()
}
