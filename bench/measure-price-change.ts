import { z } from 'zod'
import { postOk, type Target } from '@/bench/http-client'
import { loadPages } from '@/bench/load-pages'
import { MODELS } from '@/bench/world'
import { addContractPrice, revokeContractPrice } from '@/lib/pricing/change-prices'

const ACTOR = { kind: 'system' as const, name: 'the benchmark' }

const answer = z.object({ totals: z.object({ spend: z.string() }) })

/**
 * Milliseconds from entering a price that affects the whole history of a model in every workspace, and from undoing it,
 * until a page of six questions has been answered by it.
 * @throws Error when the spend of the range does not follow at once, or is another after the price was undone
 */
export async function measurePriceChange(target: Target, range: { from: Date; to: Date }): Promise<number[]> {
  const [model] = MODELS
  if (!model) throw new Error('the benchmark has no models')
  const body = JSON.stringify({ measures: ['spend'], from: range.from.toISOString(), to: range.to.toISOString() })
  const readSpend = async () => answer.parse(JSON.parse((await postOk(target, '/v1/query', body)).text)).totals.spend
  const before = await readSpend()

  const addedMs = performance.now()
  const terms = { kind: 'prices' as const, unitPrices: { inputUncached: '0.0000013', output: '0.0000057' } }
  const contract = { workspaceId: null, provider: model.provider, model: model.model, terms, reason: 'A measurement.' }
  const id = await addContractPrice(contract, ACTOR)
  const during = await readSpend()
  await loadPages(target, range, 0)
  const shownMs = performance.now()
  if (during === before) throw new Error('a changed price did not show at once')

  const revokedMs = performance.now()
  await revokeContractPrice(id, ACTOR, 'The measurement is over.')
  const after = await readSpend()
  await loadPages(target, range, 0)
  const undoneMs = performance.now()
  if (after !== before) throw new Error(`undoing a price left ${after} of ${before}`)
  return [shownMs - addedMs, undoneMs - revokedMs]
}
