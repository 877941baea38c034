import { z } from 'zod'
import type { Client } from '@/bench/exactness/client'
import { secretOf } from '@/bench/exactness/instance'
import type { Random } from '@/bench/exactness/random'
import { attemptIdentity } from '@/bench/exactness/reference-identity'
import type { ReferenceLedger, Verdict } from '@/bench/exactness/reference-ledger'
import type { Delivery, WorkspaceName } from '@/bench/exactness/sent-event'

const acknowledgement = z.object({
  accepted: z.number(),
  duplicates: z.number(),
  rejected: z.array(z.object({ index: z.number(), code: z.string(), message: z.string() })),
})

type Post = { deliveries: Delivery[]; verdicts: (Verdict | 'unclear')[] }

/** Share of posts that go to two app processes at once. */
const TWICE = 0.04

/**
 * Sends batches side by side until all of them are acknowledged, and tells the reference of them first.
 * @returns what was acknowledged otherwise than it must be
 */
export async function deliverWindow(
  batches: readonly (readonly Delivery[])[],
  options: {
    client: Client
    random: Random
    ledgers: Readonly<Record<WorkspaceName, ReferenceLedger>>
    receipt: number
  },
): Promise<string[]> {
  const { client, random } = options
  const posts = batches.flatMap(splitByKey)
  judge(posts, options)
  const sent = posts.map(async ({ deliveries, verdicts }) => {
    const [first] = deliveries
    if (!first) return []
    const secret = secretOf(first.workspace, first.key)
    const body = JSON.stringify(deliveries.map(({ event }) => event))
    const app = random.integer(0, 1)
    const copies = random.chance(TWICE) ? [app, app + 1] : [app]
    const answers = await Promise.all(copies.map((to) => client.post('/v1/events', secret, body, to)))
    return answers.flatMap(({ text }) => checkAcknowledgement(text, deliveries, verdicts))
  })
  return (await Promise.all(sent)).flat()
}

function splitByKey(batch: readonly Delivery[]): Post[] {
  const posts = new Map<string, Post>()
  for (const delivery of batch) {
    const key = `${delivery.workspace} ${delivery.key}`
    const post = posts.get(key) ?? { deliveries: [], verdicts: [] }
    post.deliveries.push(delivery)
    posts.set(key, post)
  }
  return [...posts.values()]
}

/** What must be said of each delivery; unclear where others of the same attempt are under way. */
function judge(
  posts: readonly Post[],
  { ledgers, receipt }: { ledgers: Readonly<Record<WorkspaceName, ReferenceLedger>>; receipt: number },
): void {
  const seen = new Map<string, number>()
  const keyOf = ({ workspace, event }: Delivery) => `${workspace} ${event.externalRequestId} ${attemptIdentity(event)}`
  for (const { deliveries } of posts) {
    for (const delivery of deliveries) seen.set(keyOf(delivery), (seen.get(keyOf(delivery)) ?? 0) + 1)
  }
  for (const { deliveries, verdicts } of posts) {
    for (const delivery of deliveries) {
      const verdict = ledgers[delivery.workspace].take(delivery, receipt)
      verdicts.push(verdict === 'erased' || seen.get(keyOf(delivery)) === 1 ? verdict : 'unclear')
    }
  }
}

function checkAcknowledgement(text: string, deliveries: readonly Delivery[], verdicts: Post['verdicts']): string[] {
  const { accepted, duplicates, rejected } = acknowledgement.parse(JSON.parse(text))
  const problems: string[] = []
  if (accepted + duplicates + rejected.length !== deliveries.length) {
    problems.push(
      `${deliveries.length} events were acknowledged as ${accepted} accepted, ${duplicates} duplicates, ${rejected.length} rejected`,
    )
  }
  const refused = new Map(rejected.map((each) => [each.index, each]))
  for (const [index, verdict] of verdicts.entries()) {
    const refusal = refused.get(index)
    const event = JSON.stringify(deliveries[index]?.event)
    if (verdict === 'erased') {
      if (refusal?.code !== 'erased') problems.push(`was erased, and not refused as such: ${event}`)
    } else if (refusal && refusal.code !== 'conflict') {
      problems.push(`refused as ${refusal.code}, ${refusal.message}: ${event}`)
    } else if (verdict === 'conflict' && !refusal) problems.push(`a conflict was not reported: ${event}`)
    else if (refusal && verdict !== 'conflict' && verdict !== 'unclear') {
      problems.push(`reported as a conflict, which it is not: ${event}`)
    }
  }
  return problems
}
