import type { DimensionName } from '@/lib/metrics/registry'

/**
 * The rollups: narrow sums over `attempts` that the reconciler keeps for every day (of the workspace's zone) that is not
 * being written. All are also keyed by workspace, environment and data mode, and have the columns of the atoms.
 */
export type Rollup = {
  table: string
  /** Key columns beyond the common ones, with their SQL over `attempts`. */
  keys: readonly { column: string; sql: string }[]
  /** Dimensions that it can be grouped and filtered by, beyond the common ones. */
  dimensions: readonly DimensionName[]
  /** Whether requests are counted from providers, models and deployments too. */
  hasLenses: boolean
  hasHistograms: boolean
  /** `slot`: rows of a quarter of an hour, which fit the days and hours of any zone. */
  grain: 'slot' | 'day'
}

/** A user in the rollups: the engine's hash of workspace and id, 0 for unattributed. */
export const USER_HASH_SQL = userHashSql('workspace_id')

/** As {@link USER_HASH_SQL}, of a workspace that `workspace` (SQL of a UInt32) says. */
export function userHashSql(workspace: string): string {
  return `if(user_id = '', toUInt64(0), sipHash64(${workspace}, user_id))`
}

const COMMON: readonly DimensionName[] = ['workspace', 'environment', 'dataMode']

const column = (name: string) => ({ column: name, sql: name })

/** In the order of preference: the smallest first. */
export const ROLLUPS: readonly Rollup[] = [
  {
    table: 'rollup_totals',
    keys: [{ column: 'slot', sql: `toStartOfFifteenMinutes(toDateTime(ts, 'UTC'))` }],
    dimensions: [],
    hasLenses: false,
    hasHistograms: false,
    grain: 'slot',
  },
  {
    table: 'rollup_models',
    keys: [column('provider'), column('model')],
    dimensions: ['provider', 'model'],
    hasLenses: true,
    hasHistograms: true,
    grain: 'day',
  },
  {
    table: 'rollup_endpoints',
    keys: [column('endpoint')],
    dimensions: ['endpoint'],
    hasLenses: false,
    hasHistograms: true,
    grain: 'day',
  },
  {
    table: 'rollup_prompts',
    keys: [column('prompt_version')],
    dimensions: ['promptVersion'],
    hasLenses: false,
    hasHistograms: true,
    grain: 'day',
  },
  {
    table: 'rollup_endpoint_prompts',
    keys: [column('endpoint'), column('prompt_version')],
    dimensions: ['endpoint', 'promptVersion'],
    hasLenses: false,
    hasHistograms: true,
    grain: 'day',
  },
  {
    table: 'rollup_endpoint_models',
    keys: [column('endpoint'), column('provider'), column('model')],
    dimensions: ['endpoint', 'provider', 'model'],
    hasLenses: true,
    hasHistograms: false,
    grain: 'day',
  },
  {
    table: 'rollup_users',
    keys: [{ column: 'user_hash', sql: USER_HASH_SQL }],
    dimensions: ['user'],
    hasLenses: false,
    hasHistograms: false,
    grain: 'day',
  },
]

/** What is asked of a rollup: sums of atoms, a histogram of a duration, or the set of users. */
export type RollupNeed = {
  dimensions: ReadonlySet<DimensionName>
  /** Requests seen from a provider, model or deployment. */
  lenses: boolean
  histograms: boolean
  users: boolean
}

/** The smallest rollup that can answer; null when none can. */
export function findRollup(need: RollupNeed): Rollup | null {
  return (
    ROLLUPS.find(
      (rollup) =>
        [...need.dimensions].every((name) => COMMON.includes(name) || rollup.dimensions.includes(name)) &&
        (!need.lenses || rollup.hasLenses) &&
        (!need.histograms || rollup.hasHistograms) &&
        (!need.users || rollup.dimensions.includes('user')),
    ) ?? null
  )
}

/** Settings that a rollup was made by; a day made by others is not read. */
export function rollupSettings(workspace: { timeZone: string; costPreference: string }): string {
  return `${workspace.timeZone} ${workspace.costPreference} 1`
}
