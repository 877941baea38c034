import { setTimeout as sleep } from 'node:timers/promises'
import { attemptIdentity } from '@/bench/exactness/reference-identity'
import type { Erasure, ReferenceLedger } from '@/bench/exactness/reference-ledger'
import type { PriceChange } from '@/bench/exactness/reference-price'
import type { Delivery, WorkspaceName } from '@/bench/exactness/sent-event'
import { findWorkspaceBySlug } from '@/db/postgres/queries/workspaces'
import { AppError } from '@/lib/errors'
import { eraseRequest, eraseUser } from '@/lib/ledger/erase'
import { addContractPrice } from '@/lib/pricing/change-prices'

const ACTOR = { kind: 'system' as const, name: 'the exactness suite' }
const AGAIN_MS = 500
const GIVE_UP_MS = 60_000
const DAY_MS = 86_400_000

/**
 * What an operator does to a ledger while events arrive: from an instant on, a model's standard-tier price of a workspace is
 * this one, whatever the list says. In force, in every process, when it resolves.
 */
export async function changePrice(workspace: WorkspaceName, change: PriceChange): Promise<void> {
  const { provider, model, effectiveFromMs, unitPrices } = change
  const { id } = await findWorkspace(workspace)
  const contract = {
    workspaceId: id,
    provider,
    model,
    effectiveFrom: new Date(effectiveFromMs),
    terms: { kind: 'prices' as const, unitPrices },
    reason: 'The exactness suite changes it.',
  }
  await untilAvailable(() => addContractPrice(contract, ACTOR))
}

/** Deletes a user's attempts, or a request's in all environments; what is sent of them again stays away. */
export async function erase(workspace: WorkspaceName, erasure: Erasure): Promise<void> {
  const found = await findWorkspace(workspace)
  await untilAvailable(() =>
    'userId' in erasure
      ? eraseUser(found, erasure.userId, ACTOR)
      : eraseRequest(found, erasure.externalRequestId, ACTOR),
  )
}

async function findWorkspace(slug: WorkspaceName): Promise<{ id: number }> {
  const found = await untilAvailable(() => findWorkspaceBySlug(slug))
  if (!found) throw new Error(`There is no workspace ${slug}.`)
  return found
}

/** An engine that was killed comes back; whoever operates a ledger tries again then. */
async function untilAvailable<T>(act: () => Promise<T>): Promise<T> {
  const startedMs = performance.now()
  for (;;) {
    try {
      return await act()
    } catch (error) {
      const isTransient = error instanceof AppError && error.code === 'unavailable'
      if (!isTransient || performance.now() - startedMs > GIVE_UP_MS) throw error
      await sleep(AGAIN_MS)
    }
  }
}

/** Price changes back in time, in the order in which they are made. */
export function listPriceChanges(endMs: number): readonly PriceChange[] {
  return [
    {
      provider: 'openai',
      model: 'gpt-4o-mini',
      effectiveFromMs: endMs - 50 * DAY_MS - 12_345_678,
      unitPrices: { inputUncached: '0.00000019', output: '0.00000077' },
    },
    {
      provider: 'anthropic',
      model: 'claude-sonnet-4-5',
      effectiveFromMs: endMs - 20 * DAY_MS,
      unitPrices: { inputUncached: '0.0000021', output: '0.0000131' },
    },
  ]
}

/**
 * Users and requests that can be deleted now: whatever will still be delivered of them is delivered already, so that it
 * is no question whether it may come back. Those with a redelivery to come are first.
 */
export function pickErasures(
  ledger: ReferenceLedger,
  upcoming: readonly (readonly Delivery[])[],
  count: number,
): Erasure[] {
  const stored = new Map<string, string>()
  const users = new Set<string>()
  const requests = new Set<string>()
  for (const attempts of ledger.allRequests()) {
    for (const { requestId, identity, dimensions } of attempts) {
      stored.set(`${requestId} ${identity}`, dimensions.user ?? '')
      requests.add(requestId)
      if (dimensions.user) users.add(dimensions.user)
    }
  }
  const coming = new Set<string>()
  const unsettled = new Set<string>()
  for (const { workspace, event } of upcoming.flat()) {
    if (workspace !== ledger.workspace.slug) continue
    const names = [event.externalRequestId, ...(event.userId === undefined ? [] : [event.userId])]
    const user = stored.get(`${event.externalRequestId} ${attemptIdentity(event)}`)
    // What says other things than what is stored may name somebody else; whose it then is, is no question to ask here.
    const isRepetition = user === (event.userId ?? '') && (event.revision ?? 1) === 1
    for (const name of names) (isRepetition ? coming : unsettled).add(name)
  }
  const choose = (names: ReadonlySet<string>): string[] => {
    const settled = [...names].filter((name) => !unsettled.has(name)).sort()
    return [...settled.filter((name) => coming.has(name)), ...settled.filter((name) => !coming.has(name))].slice(
      0,
      count,
    )
  }
  return [
    ...choose(users).map((userId) => ({ userId })),
    ...choose(requests).map((externalRequestId) => ({ externalRequestId })),
  ]
}
