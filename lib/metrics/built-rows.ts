import 'server-only'
import { LRUCache } from 'lru-cache'
import { z } from 'zod'
import { queryRows } from '@/db/clickhouse/client'
import type { Compiled } from '@/lib/metrics/statement'

const scalar = z.union([z.string(), z.number()])
const histogram = z.array(scalar).transform((counts) => `[${counts.join(',')}]`)

const cell = z
  .union([scalar, histogram])
  .nullable()
  .transform((raw) => (raw === null ? null : String(raw)))

/** A row of a compiled statement: keys `d0…`, bucket `t`, atoms by name; histograms by the name of their duration, as JSON. */
export const answerRow = z.record(z.string(), cell)
export type AnswerRow = Readonly<z.output<typeof answerRow>>

type Rows = readonly AnswerRow[]
type Asked = Pick<Compiled, 'sql' | 'params'> & {
  /** Whether it reads so many rows that a second thread is worth what it costs, as where users are. */
  isLong?: boolean
  /** Whether it is one plain SELECT, which the older analyser plans in less time. */
  isFlat?: boolean
}

const MAX_BYTES = 64 * 1024 * 1024
/** What a cell takes in memory, its name shared among rows, roughly. */
const BYTES_PER_CELL = 48
/** Longer texts, which are histograms, take a byte more for each character. */
const SHORT_CELL = 40

/**
 * Answers of statements that read clean days alone. Such a statement names the builds that it reads; the rows of a build never
 * change, and a day that was written to is read from a later one. So what was answered once stays right for as
 * long as the ledger's state leads to the same statement, and nothing has to be made invalid.
 */
const answers = new LRUCache<string, Rows, Asked>({
  maxSize: MAX_BYTES,
  maxEntrySize: MAX_BYTES / 8,
  // Whoever waits for an answer gets it, also where there is no room to keep it.
  ignoreFetchAbort: true,
  sizeCalculation: (rows, key) => 2 * key.length + BYTES_PER_CELL + rows.length * bytesOfRow(rows),
  // Who asks for the same while it is read waits for that.
  fetchMethod: (_key, _stale, { context }) => readRows(context),
})

/** What a row takes, by the first one. */
const bytesOfRow = ([first]: Rows): number =>
  Object.values(first ?? {}).reduce(
    (sum, value) => sum + BYTES_PER_CELL + Math.max(0, (value?.length ?? 0) - SHORT_CELL),
    0,
  )

// Most rollups are small: a second thread costs more than it brings, and other statements wait for it.
const readRows = ({ sql, params, isLong, isFlat }: Asked): Promise<Rows> =>
  queryRows(answerRow, sql, {
    params,
    settings: { max_threads: isLong ? 2 : 1, ...(isFlat ? { enable_analyzer: 0 } : {}) },
  })

/**
 * Rows of a statement whose source is `rollup`, from memory where it was asked before.
 * @throws AppError `unavailable` when the engine does not answer.
 */
export async function readBuiltRows(asked: Asked): Promise<Rows> {
  const { sql, params } = asked
  return await answers.forceFetch(`${sql}\n${JSON.stringify(params)}`, { context: asked })
}
