import 'server-only'
import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { insertClosedAttempts, sumClosedAttempts } from '@/db/clickhouse/statements/closed-attempts'
import { withPostgres } from '@/db/postgres/client'
import { findClosedMonthRow, insertClosedMonth } from '@/db/postgres/queries/closed-months'
import { readBookVersion } from '@/db/postgres/queries/price-books'
import { readLastChangeId } from '@/db/postgres/queries/price-changes'
import { inTransaction } from '@/db/postgres/transaction'
import { recordAudit } from '@/lib/audit/record-audit'
import { actorOf, authorizeChange, type Person } from '@/lib/auth/person'
import { isSameSpend, type LineKey, lineId } from '@/lib/close/explain-difference'
import { type Figures, readFigures } from '@/lib/close/figures'
import { formatMonth, isMonth, monthRange } from '@/lib/close/month'
import { type MonthScope, monthAttempts, monthQuestion } from '@/lib/close/month-question'
import { AppError } from '@/lib/errors'
import { readActivity } from '@/lib/metrics/read-activity'
import { cellOf } from '@/lib/metrics/result'
import { type Scope, scopeForWorkspace } from '@/lib/metrics/scope'
import { streamQuery } from '@/lib/metrics/stream'
import { compareDecimals } from '@/lib/money'
import { renewVolumePrices } from '@/lib/pricing/renew-volume-prices'

/** What closing a month takes; the messages say what to enter. */
export const closeInput = z.object({
  month: z.string().refine(isMonth, 'Name a month such as 2026-10.'),
  reason: z.string().trim().min(1, 'Say why, for the audit log.').max(500, 'Use at most 500 characters.'),
})

type CloseInput = z.output<typeof closeInput>

/** The month is read twice, as sums and one by one; a write between the two makes it another try. */
const TRIES = 3

/**
 * Closes a past month of the workspace's zone in its default scope: from now on its figures by provider, model and
 * endpoint are kept as they are, whatever becomes of the ledger.
 * @throws AppError `not_found` (also for somebody who is no member), `forbidden`; `conflict` for a month that has not
 *   ended, is closed already, or is being written to; `unavailable` when a store does not answer: nothing is closed then.
 */
export async function closeMonth(person: Person, slug: string, input: CloseInput, now: Date): Promise<void> {
  const { workspace } = await authorizeChange(person, slug, 'closeMonths')
  const { month, reason } = input
  const { timeZone, defaultEnvironments, defaultDataModes, costPreference } = workspace
  const range = monthRange(month, timeZone)
  if (range.to > now) throw new AppError('conflict', `${formatMonth(month)} has not ended. Close it when it has.`)
  if (await findClosedMonthRow(workspace.id, month)) throw alreadyClosed(month)
  // What is booked is what the whole month's volume comes to.
  await renewVolumePrices(0, now)
  const monthScope = { range, timeZone, environments: defaultEnvironments, dataModes: defaultDataModes }
  const scope = await scopeForWorkspace(workspace)
  const { snapshotId, totals, lines, ...versions } = await readOnce(workspace.id, monthScope, scope, now)
  await inTransaction(async (tx) => {
    const id = await insertClosedMonth(
      tx,
      {
        workspaceId: workspace.id,
        month,
        timeZone,
        startsAt: range.from,
        endsAt: range.to,
        environments: [...defaultEnvironments],
        dataModes: [...defaultDataModes],
        costPreference,
        reason,
        closedAt: now,
        closedBy: person.id,
        closedByName: person.name,
        snapshotId,
        ...versions,
        ...totals,
      },
      lines,
    )
    if (id === null) throw alreadyClosed(month)
    await recordAudit(
      {
        actor: actorOf(person),
        workspaceId: workspace.id,
        action: 'month.closed',
        target: { kind: 'month', id: String(id), name: month },
        after: { month, reason, ...totals },
      },
      tx,
    )
  })
}

function alreadyClosed(month: string): AppError {
  return new AppError('conflict', `${formatMonth(month)} is closed already; closed figures never move.`)
}

type Line = LineKey & Figures

/** The figures of a month, and its attempts kept under a name, of one version of the data: both have the same sums. */
async function readOnce(workspaceId: number, month: MonthScope, scope: Scope, now: Date) {
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const snapshotId = randomUUID()
    const [prices, { dataVersion }, attempts] = await Promise.all([
      withPostgres(async (db) => ({
        priceListVersion: await readBookVersion(db),
        priceChangeId: await readLastChangeId(db),
      })),
      readActivity([workspaceId]),
      monthAttempts(month, scope, now),
    ])
    await insertClosedAttempts(snapshotId, attempts)
    const { totals, lines } = await readLines(month, scope, now)
    const kept = await sumClosedAttempts(workspaceId, snapshotId)
    if (isSame(lines, kept)) return { snapshotId, dataVersion, ...prices, totals, lines }
  }
  throw new AppError('conflict', 'Events of this month are being received right now. Close it when they are in.')
}

async function readLines(month: MonthScope, scope: Scope, now: Date): Promise<{ totals: Figures; lines: Line[] }> {
  const { rows, totals } = await streamQuery(monthQuestion(month, ['provider', 'model', 'endpoint']), scope, now)
  const lines: Line[] = []
  for await (const row of rows) {
    const endpoint = cellOf(row, 'endpoint')
    lines.push({
      provider: String(cellOf(row, 'provider') ?? ''),
      model: String(cellOf(row, 'model') ?? ''),
      endpoint: endpoint === null ? null : String(endpoint),
      ...readFigures(row),
    })
  }
  return { totals: readFigures(totals), lines }
}

function isSame(lines: readonly Line[], kept: Awaited<ReturnType<typeof sumClosedAttempts>>): boolean {
  const sums = new Map(kept.map((row) => [lineId({ ...row, endpoint: row.endpoint || null }), row]))
  return (
    lines.length === sums.size &&
    lines.every((line) => {
      const sum = sums.get(lineId(line))
      if (!sum || !isSameSpend(sum.spend, line.spend)) return false
      return compareDecimals(sum.attempts, line.attempts) === 0 && compareDecimals(sum.tokens, line.totalTokens) === 0
    })
  )
}
