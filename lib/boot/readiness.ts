import 'server-only'
import { isClickHouseMigrated } from '@/db/clickhouse/schema-version'
import { isPostgresMigrated } from '@/db/postgres/queries/schema-version'
import { type BootPhase, bootPhase } from '@/lib/boot/boot-state'

const TIMEOUT_MS = 600

type StoreState = 'ok' | 'unavailable' | 'not_migrated'
export type Readiness = {
  ready: boolean
  /** `provisioning` covers everything that is done at boot: the provisioning file and the price book. */
  checks: { clickhouse: StoreState; postgres: StoreState; provisioning: 'ok' | Exclude<BootPhase, 'ready'> }
}

/** Whether the process can do its work; never throws, and answers within a second even when a store hangs. */
export async function checkReadiness(): Promise<Readiness> {
  const [clickhouse, postgres] = await Promise.all([
    checkStore(isClickHouseMigrated(AbortSignal.timeout(TIMEOUT_MS))),
    checkStore(isPostgresMigrated()),
  ])
  const phase = bootPhase()
  const provisioning = phase === 'ready' ? 'ok' : phase
  return {
    ready: clickhouse === 'ok' && postgres === 'ok' && provisioning === 'ok',
    checks: { clickhouse, postgres, provisioning },
  }
}

async function checkStore(isMigrated: Promise<boolean>): Promise<StoreState> {
  const state = isMigrated.then(
    (migrated): StoreState => (migrated ? 'ok' : 'not_migrated'),
    (): StoreState => 'unavailable',
  )
  const timeout = new Promise<StoreState>((resolve) => setTimeout(resolve, TIMEOUT_MS, 'unavailable').unref())
  return Promise.race([state, timeout])
}
