import 'server-only'
import { z } from 'zod'
import { queryRows } from '@/db/clickhouse/client'
import type { Reader } from '@/db/postgres/queries/contract-prices'
import { readVolumeScopes } from '@/db/postgres/queries/workspaces'
import { monthOf } from '@/lib/close/month'
import { bucketList, instant } from '@/lib/metrics/compile-attempts'
import { Parameters } from '@/lib/metrics/compile-filters'
import { assumePriceChanges } from '@/lib/pricing/assume-price-change'
import type { OpenPriceChange } from '@/lib/pricing/open-price-change'
import { type ContractPrice, contractPriceId, type ModelBook } from '@/lib/pricing/price-layers'
import { attemptsSource, COUNTS, pricedAttempts, repricedColumns } from '@/lib/pricing/price-sql'
import { PRICED_CLASSES } from '@/lib/pricing/price-usage'
import { readOpenPriceChanges } from '@/lib/pricing/publish-price-changes'
import { type VolumeMonth, type VolumeTiers, volumeMonth } from '@/lib/pricing/volume-tiers'
import { addBuckets, listBuckets } from '@/lib/time'

/** Before anything that a provider of language models could have billed. */
const HISTORY_FROM = new Date('2000-01-01T00:00:00Z')
/** Clocks of senders may run ahead by minutes. */
const AHEAD_MS = 86_400_000
/** Nobody bills these. */
const SIMULATED = ['demo', 'test']

type Place = { provider: string; model: string }

/**
 * `after` with what its volume schedules come to in each month, by the attempts that the ledger has now and that `after`
 * prices by them. Counted are the units of every environment and of the data modes that are billed: all but `demo` and
 * `test`, unless they are of the workspace's default scope; attempts of which the provider reported the cost count too. A
 * workspace's schedule goes by its own units and the calendar months of its zone; the organisation's by the sum of all
 * workspaces that it prices, and months in UTC. Which attempts a schedule prices does not depend on what it costs, so that
 * counting again changes nothing.
 * @param before the book in force; that it becomes `after` is assumed of what is stored
 * @throws AppError `unavailable` when ClickHouse does not answer.
 */
export async function spreadVolumes(
  db: Reader,
  place: Place,
  before: ModelBook,
  after: ModelBook,
  now: Date,
): Promise<ModelBook> {
  if (!after.contracts.some(({ terms }) => terms.kind === 'volume')) return after
  const scopes = await readVolumeScopes(db)
  const assumed = assumePriceChanges([{ ...place, before, after }])
  const open = await readOpenPriceChanges(scopes.map(({ id }) => id))
  const contracts = after.contracts.map(async (contract): Promise<ContractPrice> => {
    const { workspaceId, terms } = contract
    if (terms.kind !== 'volume') return contract
    const own = scopes.find(({ id }) => id === workspaceId)
    const months = await readMonths({ ...contract, tiers: terms.tiers }, [...open, ...assumed], {
      workspaceIds: own ? [own.id] : scopes.map(({ id }) => id),
      timeZone: own?.timeZone ?? 'UTC',
      leftOut: SIMULATED.filter((mode) => !own?.defaultDataModes.includes(mode)),
      now,
    })
    return { ...contract, terms: { ...terms, months } }
  })
  return { ...after, contracts: await Promise.all(contracts) }
}

const monthRow = z.object({ from_ms: z.coerce.number(), units: z.record(z.enum(PRICED_CLASSES), z.string()) })

/** The months in which a schedule's units have passed a first tier, oldest first. */
async function readMonths(
  { id, provider, model, effectiveFrom, effectiveTo, tiers }: ContractPrice & { tiers: VolumeTiers },
  changes: readonly OpenPriceChange[],
  scope: { workspaceIds: readonly number[]; timeZone: string; leftOut: readonly string[]; now: Date },
): Promise<VolumeMonth[]> {
  const { workspaceIds, timeZone, leftOut, now } = scope
  const calendar = { timeZone, fiscalYearStartMonth: 1 }
  const end = new Date(now.getTime() + AHEAD_MS)
  const range = { from: effectiveFrom ?? HISTORY_FROM, to: effectiveTo && effectiveTo < end ? effectiveTo : end }
  const buckets = listBuckets(range, 'month', calendar)
  if (buckets.length === 0) return []
  const bind = new Parameters('volume')
  const columns = repricedColumns(changes, (type, value) => bind.add(type, value))
  const counts = PRICED_CLASSES.flatMap((priceClass) => COUNTS[priceClass] ?? [])
  const units = PRICED_CLASSES.map((priceClass) => {
    const column = COUNTS[priceClass]
    return `'${priceClass}', toString(${column === null ? 'count()' : `sum(${column})`})`
  })
  const priceId = bind.add('String', contractPriceId(id))
  const rows = await queryRows(
    monthRow,
    `SELECT roundDown(toUnixTimestamp64Milli(ts), ${bucketList(buckets)}) AS from_ms, map(${units.join(', ')}) AS units
     FROM (
       SELECT ts, ${counts.join(', ')}, ${columns.priceId} AS counted_price, ${columns.unpricedReason} AS counted_reason
       FROM ${pricedAttempts(columns, attemptsSource(columns))}
       WHERE ts >= ${instant(range.from)} AND ts < ${instant(range.to)}
         AND workspace_id IN ${bind.add('Array(UInt32)', workspaceIds)}
         AND provider = ${bind.add('String', provider)} AND model = ${bind.add('String', model)}
         AND toString(data_mode) NOT IN ${bind.add('Array(String)', leftOut)})
     WHERE (counted_price = ${priceId} OR startsWith(counted_price, concat(${priceId}, ':'))) AND counted_reason = ''
     GROUP BY from_ms ORDER BY from_ms`,
    { params: bind.params },
  )
  return rows.flatMap(({ from_ms, units: counted }) => {
    const from = new Date(from_ms)
    const month = { from, to: addBuckets(from, 1, 'month', calendar) }
    return volumeMonth(monthOf(from, timeZone), month, counted, tiers) ?? []
  })
}
