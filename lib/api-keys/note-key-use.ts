import 'server-only'
import { updateLastUsed } from '@/db/postgres/queries/api-keys'
import { log } from '@/lib/log'

const AT_MOST_EVERY_MS = 60_000
const MAX_KEPT = 10_000

const notedAtMs = new Map<number, number>()

/**
 * Notes that a key was used, at most once a minute, beside the request and never in its way: when it cannot be stored,
 * the next use tries again.
 */
export function noteKeyUse(keyId: number, now: Date): void {
  const nowMs = now.getTime()
  const lastMs = notedAtMs.get(keyId)
  if (lastMs !== undefined && nowMs - lastMs < AT_MOST_EVERY_MS) return
  notedAtMs.delete(keyId)
  notedAtMs.set(keyId, nowMs)
  if (notedAtMs.size > MAX_KEPT) {
    const oldest = notedAtMs.keys().next()
    if (!oldest.done) notedAtMs.delete(oldest.value)
  }
  updateLastUsed(keyId, now).catch((error: unknown) => {
    notedAtMs.delete(keyId)
    log.debug({ err: error }, 'the use of a key was not noted')
  })
}
