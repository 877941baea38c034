import 'server-only'
import { z } from 'zod'
import { postOk, type Target } from '@/bench/http-client'
import { type Peer, readPeerTotals } from '@/bench/peers'
import { queryRows } from '@/db/clickhouse/client'
import { addDecimals, ExactDecimal } from '@/lib/money'

/** What one source says of the same range; `isEqual` compares it with the attempts themselves. */
export type Answered = { source: string; attempts: number; requests: number | null; spendUsd: string; isEqual: boolean }

const totalsAnswer = z.object({
  totals: z.object({ attempts: z.string(), requests: z.string(), spend: z.string() }),
  rows: z.array(z.object({ attempts: z.string(), requests: z.string(), spend: z.string() })),
})

const rawRow = z.object({ attempts: z.coerce.number(), requests: z.coerce.number(), spend: z.string() })

/** Layouts that keep fewer digits than the ledger may differ by their rounding. */
const ROUNDING = 1e-6

/**
 * Counts and money of a workspace and range by every source: the attempts, the app's totals, the sum of the app's rows by
 * day, the layouts of the peers. Attempts and requests must be equal, and the app's money to the last digit.
 */
export async function checkAnswers(
  target: Target,
  workspaceId: number,
  range: { from: Date; to: Date },
  peers: readonly Peer[],
): Promise<Answered[]> {
  const [raw] = await queryRows(
    rawRow,
    `SELECT count() AS attempts, uniqExact(request_key) AS requests, sum(priced_cost) AS spend FROM attempts FINAL
     WHERE workspace_id = {workspace:UInt32} AND environment = 'prod' AND data_mode = 'real'
       AND ts >= {from:DateTime64(3)} AND ts < {to:DateTime64(3)}`,
    { params: { workspace: workspaceId, ...range } },
  )
  if (!raw) throw new Error('the store does not count its attempts')
  const question = { measures: ['attempts', 'requests', 'spend'], dimensions: ['time'], granularity: 'day' }
  const body = JSON.stringify({ ...question, from: range.from.toISOString(), to: range.to.toISOString() })
  const { totals, rows } = totalsAnswer.parse(JSON.parse((await postOk(target, '/v1/query', body)).text))
  const sum = (name: 'attempts' | 'requests' | 'spend') => addDecimals(rows.map((row) => row[name]))
  const compare = (source: string, answered: { attempts: string; requests: string; spend: string }): Answered => ({
    source,
    attempts: Number(answered.attempts),
    requests: Number(answered.requests),
    spendUsd: answered.spend,
    isEqual:
      Number(answered.attempts) === raw.attempts &&
      Number(answered.requests) === raw.requests &&
      new ExactDecimal(answered.spend).equals(raw.spend),
  })
  const answers = [
    { source: 'the attempts themselves', ...raw, spendUsd: raw.spend, isEqual: true },
    compare('the app, total', totals),
    compare('the app, its days summed', { attempts: sum('attempts'), requests: sum('requests'), spend: sum('spend') }),
  ]
  for (const peer of peers) {
    const found = await readPeerTotals(peer, { workspace: String(workspaceId), ...range })
    const difference = Math.abs(found.cost / Number(raw.spend) - 1)
    answers.push({
      source: peer.name,
      attempts: found.attempts,
      requests: null,
      spendUsd: String(found.cost),
      isEqual: found.attempts === raw.attempts && difference < ROUNDING,
    })
  }
  return answers
}
