import 'server-only'
import { listAllErasures, readErasuresVersion } from '@/db/postgres/queries/erasures'
import { readEnv } from '@/lib/env'
import { AppError } from '@/lib/errors'
import { deriveErasureKey, type ErasureKey, hashSubject } from '@/lib/ledger/erasure-hash'
import { log } from '@/lib/log'

/** An erasure asked of one replica is known to the others after this. */
const CHECK_EVERY_MS = 1_000
/** How long a commit waits for news about erasures when it knows an older state. */
const CHECK_WAIT_MS = 250

type Erased = { users: Map<string, number>; requests: Set<string> }

type State = {
  byWorkspace: ReadonlyMap<number, Erased> | null
  version: string
  checkedAtMs: number
  running: Promise<void> | null
}

declare global {
  // Next may load this module more than once in a process, which still has one state.
  var farthingErased: State | undefined
}

function state(): State {
  globalThis.farthingErased ??= {
    byWorkspace: null,
    version: '',
    checkedAtMs: Number.NEGATIVE_INFINITY,
    running: null,
  }
  return globalThis.farthingErased
}

/**
 * The key of this installation's erasure hashes.
 * @throws AppError `unavailable` without AUTH_SECRET: what was erased could not be told then.
 */
export function erasureKey(): ErasureKey {
  const { AUTH_SECRET } = readEnv()
  if (AUTH_SECRET) return deriveErasureKey(AUTH_SECRET)
  throw new AppError(
    'unavailable',
    'AUTH_SECRET is not set, so events of erased users could not be told from others. Set it to the same value as the server has.',
  )
}

async function reload(): Promise<void> {
  const version = await readErasuresVersion()
  const now = state()
  if (now.byWorkspace === null || version !== now.version) {
    const byWorkspace = new Map<number, Erased>()
    for (const row of await listAllErasures()) {
      const erased = byWorkspace.get(row.workspaceId) ?? { users: new Map(), requests: new Set() }
      byWorkspace.set(row.workspaceId, erased)
      if (row.kind === 'user') erased.users.set(row.subjectHash, row.requestedAt.getTime())
      else erased.requests.add(row.subjectHash)
    }
    now.byWorkspace = byWorkspace
    now.version = version
  }
}

/** Reads what is erased anew; one reading at a time. */
function refresh(): Promise<void> {
  const now = state()
  now.checkedAtMs = performance.now()
  now.running ??= reload().finally(() => {
    now.running = null
  })
  return now.running
}

/**
 * Makes an erasure known to this process, whatever it knew before.
 * @throws AppError `unavailable` when Postgres does not answer.
 */
export async function refreshErasedSubjects(): Promise<void> {
  // A reading under way may have begun before the erasure was stored.
  await state().running?.catch(() => {})
  await refresh()
}

export type ErasedCheck = (event: {
  workspaceId: number
  externalRequestId: string
  /** Empty where the event names nobody. */
  userId: string
  tsMs: number
}) => boolean

/**
 * What tells events of erased subjects. While Postgres is away the last known state holds.
 * @throws AppError `unavailable` when there is no known state yet.
 */
export async function loadErasedCheck(): Promise<ErasedCheck> {
  const now = state()
  if (now.byWorkspace === null) await refresh()
  else if (performance.now() - now.checkedAtMs >= CHECK_EVERY_MS) {
    const checked = refresh().catch((error: unknown) =>
      log.warn({ err: error }, 'Erasures could not be read; those known before hold'),
    )
    await Promise.race([checked, new Promise((resolve) => setTimeout(resolve, CHECK_WAIT_MS).unref())])
  }
  const { byWorkspace } = now
  if (!byWorkspace || byWorkspace.size === 0) return () => false
  const key = erasureKey()
  return ({ workspaceId, externalRequestId, userId, tsMs }) => {
    const erased = byWorkspace.get(workspaceId)
    if (!erased) return false
    if (erased.requests.size > 0 && erased.requests.has(hashSubject(key, workspaceId, 'request', externalRequestId))) {
      return true
    }
    if (userId === '' || erased.users.size === 0) return false
    const erasedAtMs = erased.users.get(hashSubject(key, workspaceId, 'user', userId))
    return erasedAtMs !== undefined && tsMs <= erasedAtMs
  }
}
