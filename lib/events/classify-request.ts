import type { AttemptStatus } from '@/lib/events/event-names'

export type ClassifiableAttempt = {
  /** 64-bit key as an unsigned decimal. */
  attemptKey: string
  tsMs: number
  /** `attempt` as sent; null where it was not. */
  attemptNumber: number | null
  provider: string
  model: string
  status: AttemptStatus
  /** What should be the same for all attempts of a request, as a text to compare. */
  context: string
}

type RequestOutcome = 'unspecified' | 'success' | 'failed'
type OutcomeAt = RequestOutcome | 'elsewhere'
type WasteKind = 'none' | 'retry' | 'fallback' | 'failed_request'

/** What an attempt is within its whole request. */
export type AttemptClass = {
  requestAttempts: number
  /** 1 for the first attempt in order. */
  seq: number
  /** Distance to the earliest and to the latest attempt of the request, whatever their order; never negative. */
  sinceFirstMs: number
  untilLastMs: number
  isLast: boolean
  isRetry: boolean
  isFallback: boolean
  mixed: boolean
  requestFallback: boolean
  requestOutcome: RequestOutcome
  wasteKind: WasteKind
  nextIsFallback: boolean
  nextProviderDiffers: boolean
  nextModelDiffers: boolean
  firstOfProvider: boolean
  firstOfModel: boolean
  firstOfDeployment: boolean
  outcomeAtProvider: OutcomeAt
  outcomeAtModel: OutcomeAt
  outcomeAtDeployment: OutcomeAt
  leftProvider: boolean
  leftModel: boolean
  leftDeployment: boolean
}

const UINT16_MAX = 65_535

/** Order of unsigned decimals, so that it is the order of UInt64 in the store too. */
function compareKeys(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length
  return a < b ? -1 : a > b ? 1 : 0
}

function outcomeOf(status: AttemptStatus): RequestOutcome {
  if (status === 'success' || status === 'unspecified') return status
  return 'failed'
}

/** Attempts in the order of the request: by `attempt` where all have it, else by timestamp, then by attempt key. */
export function orderAttempts<T extends ClassifiableAttempt>(attempts: readonly T[]): T[] {
  const numbered = attempts.every((attempt) => attempt.attemptNumber !== null)
  return [...attempts].sort(
    (a, b) =>
      (numbered ? (a.attemptNumber ?? 0) - (b.attemptNumber ?? 0) : 0) ||
      a.tsMs - b.tsMs ||
      compareKeys(a.attemptKey, b.attemptKey),
  )
}

/** For one grouping of attempts (by provider, model or deployment): where each group was first tried, left and ended. */
function followGroup(
  groups: readonly string[],
  requestOutcome: RequestOutcome,
): { first: boolean; outcomeAt: OutcomeAt; left: boolean }[] {
  const leftGroups = new Set<string>()
  for (const [index, group] of groups.entries()) {
    const next = groups[index + 1]
    if (next !== undefined && next !== group) leftGroups.add(group)
  }
  const lastGroup = groups.at(-1)
  const seen = new Set<string>()
  return groups.map((group) => {
    const first = !seen.has(group)
    seen.add(group)
    return {
      first,
      outcomeAt: first && group === lastGroup ? requestOutcome : 'elsewhere',
      left: first && leftGroups.has(group),
    }
  })
}

/**
 * Classifies every attempt of one request by the truth table of the ledger. The result has an entry for every attempt
 * key and does not depend on the order of the input.
 */
export function classifyRequest(attempts: readonly ClassifiableAttempt[]): Map<string, AttemptClass> {
  const ordered = orderAttempts(attempts)
  const first = ordered[0]
  const last = ordered.at(-1)
  const classes = new Map<string, AttemptClass>()
  if (!first || !last) return classes

  const providers = ordered.map((attempt) => attempt.provider)
  const models = ordered.map((attempt) => attempt.model)
  const deployments = ordered.map((attempt) => JSON.stringify([attempt.provider, attempt.model]))
  const requestOutcome = outcomeOf(last.status)
  const byProvider = followGroup(providers, requestOutcome)
  const byModel = followGroup(models, requestOutcome)
  const byDeployment = followGroup(deployments, requestOutcome)
  const isFallbackAt = (index: number): boolean => index > 0 && deployments[index] !== deployments[index - 1]
  const requestFallback = ordered.some((_, index) => isFallbackAt(index))
  const mixed = ordered.some((attempt) => attempt.context !== first.context)
  const times = ordered.map((attempt) => attempt.tsMs)
  const earliestMs = Math.min(...times)
  const latestMs = Math.max(...times)
  const servedIndex = ordered.findLastIndex((attempt) => attempt.status === 'success')

  const wasteAt = (index: number): WasteKind => {
    if (index === servedIndex) return 'none'
    if (requestOutcome === 'failed') return 'failed_request'
    if (index === ordered.length - 1) return 'none'
    return isFallbackAt(index + 1) ? 'fallback' : 'retry'
  }

  for (const [index, attempt] of ordered.entries()) {
    const isLast = index === ordered.length - 1
    const provider = byProvider[index]
    const model = byModel[index]
    const deployment = byDeployment[index]
    if (!provider || !model || !deployment) continue
    classes.set(attempt.attemptKey, {
      requestAttempts: Math.min(ordered.length, UINT16_MAX),
      seq: Math.min(index + 1, UINT16_MAX),
      sinceFirstMs: attempt.tsMs - earliestMs,
      untilLastMs: latestMs - attempt.tsMs,
      isLast,
      isRetry: index > 0 && !isFallbackAt(index),
      isFallback: isFallbackAt(index),
      mixed,
      requestFallback,
      requestOutcome,
      wasteKind: wasteAt(index),
      nextIsFallback: !isLast && isFallbackAt(index + 1),
      nextProviderDiffers: !isLast && providers[index + 1] !== attempt.provider,
      nextModelDiffers: !isLast && models[index + 1] !== attempt.model,
      firstOfProvider: provider.first,
      firstOfModel: model.first,
      firstOfDeployment: deployment.first,
      outcomeAtProvider: provider.outcomeAt,
      outcomeAtModel: model.outcomeAt,
      outcomeAtDeployment: deployment.outcomeAt,
      leftProvider: provider.left,
      leftModel: model.left,
      leftDeployment: deployment.left,
    })
  }
  return classes
}

const OUTCOMES = ['unspecified', 'success', 'failed', 'elsewhere'] as const
const WASTE_KINDS = ['none', 'retry', 'fallback', 'failed_request'] as const

/**
 * A class as one number, as the store's column `flags` holds it: the store unpacks the other columns of a class from it.
 */
export function packFlags(attempt: AttemptClass): number {
  const bits = [
    attempt.isLast,
    attempt.isRetry,
    attempt.isFallback,
    attempt.mixed,
    attempt.requestFallback,
    attempt.nextIsFallback,
    attempt.nextProviderDiffers,
    attempt.nextModelDiffers,
    attempt.firstOfProvider,
    attempt.firstOfModel,
    attempt.firstOfDeployment,
    attempt.leftProvider,
    attempt.leftModel,
    attempt.leftDeployment,
  ].reduce((sum, flag, bit) => sum + (flag ? 2 ** bit : 0), 0)
  return (
    bits +
    OUTCOMES.indexOf(attempt.requestOutcome) * 2 ** 14 +
    WASTE_KINDS.indexOf(attempt.wasteKind) * 2 ** 16 +
    OUTCOMES.indexOf(attempt.outcomeAtProvider) * 2 ** 18 +
    OUTCOMES.indexOf(attempt.outcomeAtModel) * 2 ** 20 +
    OUTCOMES.indexOf(attempt.outcomeAtDeployment) * 2 ** 22
  )
}
