import 'server-only'
import { listClosedMonthRows } from '@/db/postgres/queries/closed-months'
import { insertScenario, listScenarioRows } from '@/db/postgres/queries/scenarios'
import { findUserByEmail } from '@/db/postgres/queries/users'
import { findWorkspaceBySlug } from '@/db/postgres/queries/workspaces'
import { inTransaction } from '@/db/postgres/transaction'
import { closeMonth } from '@/lib/close/close-month'
import { monthOf } from '@/lib/close/month'
import { AppError } from '@/lib/errors'
import { EMPTY_ROUTE, type ScenarioDefinition } from '@/lib/scenarios/scenario'
import { addBuckets, startOfBucket } from '@/lib/time'

const WORKSPACE = 'acme-support'

/** What a demo scenario asks; its name says it. */
const SCENARIOS: readonly { name: string; definition: ScenarioDefinition }[] = [
  {
    name: 'Half of support replies on Haiku',
    definition: {
      routes: [
        {
          ...EMPTY_ROUTE,
          endpoint: 'support-reply',
          sharePercent: '50',
          toProvider: 'anthropic',
          toModel: 'claude-haiku-4-5',
          outputFactor: '1.1',
        },
      ],
      prices: [],
    },
  },
]

/**
 * Closes the month before the last of a demo workspace, so that the last is left to be closed, and saves scenarios, unless
 * the workspace has any.
 * @throws AppError `unavailable` when an engine does not answer.
 */
export async function seedClose(now: Date, ownerEmail: string): Promise<void> {
  const [owner, workspace] = await Promise.all([findUserByEmail(ownerEmail), findWorkspaceBySlug(WORKSPACE)])
  if (!owner || !workspace) return
  if ((await listClosedMonthRows(workspace.id)).length === 0) {
    const month = monthOf(
      addBuckets(startOfBucket(now, 'month', workspace), -2, 'month', workspace),
      workspace.timeZone,
    )
    const person = { id: owner.id, name: owner.name, email: owner.email, address: null }
    try {
      await closeMonth(person, WORKSPACE, { month, reason: 'Invoices of the providers are in.' }, now)
    } catch (error) {
      // Another process does it, or events come in: the next start closes it.
      if (!(error instanceof AppError && error.code === 'conflict')) throw error
    }
  }
  if ((await listScenarioRows(workspace.id)).length > 0) return
  await inTransaction(async (tx) => {
    for (const { name, definition } of SCENARIOS) {
      await insertScenario(tx, {
        workspaceId: workspace.id,
        name,
        definition,
        createdBy: owner.id,
        createdByName: owner.name,
        createdAt: now,
        updatedAt: now,
      })
    }
  })
}
