/** What classification needs of an attempt; `identity` breaks ties. */
export type ReferenceAttempt = {
  identity: string
  atMs: number
  number: number | null
  provider: string
  model: string
  status: string
}

type Outcome = 'success' | 'failed' | 'unspecified'
type Waste = 'none' | 'retry' | 'fallback' | 'failed_request'

export type ReferenceClass = {
  isLast: boolean
  isRetry: boolean
  isFallback: boolean
  waste: Waste
  /** Of the whole request. */
  outcome: Outcome
  hasFallback: boolean
  /** The attempt after it went to another provider, to another model, to either. */
  nextOtherProvider: boolean
  nextOtherModel: boolean
  nextOtherDeployment: boolean
}

/** By `attempt` where all have it, else by time; then by identity. */
export function inOrder<T extends ReferenceAttempt>(attempts: readonly T[]): T[] {
  const allNumbered = attempts.every((attempt) => attempt.number !== null)
  return [...attempts].sort((a, b) => {
    if (allNumbered && a.number !== b.number) return Number(a.number) - Number(b.number)
    if (a.atMs !== b.atMs) return a.atMs - b.atMs
    return a.identity < b.identity ? -1 : 1
  })
}

function outcomeOf(status: string): Outcome {
  if (status === 'success') return 'success'
  return status === 'unspecified' ? 'unspecified' : 'failed'
}

/** Classes of a request's attempts, which must be in order: the design's definitions, read one by one. */
export function classify(attempts: readonly ReferenceAttempt[]): ReferenceClass[] {
  const last = attempts.at(-1)
  if (!last) return []
  const outcome = outcomeOf(last.status)
  const sameDeployment = (a: ReferenceAttempt, b: ReferenceAttempt) => a.provider === b.provider && a.model === b.model
  let lastSuccess: ReferenceAttempt | undefined
  let hasFallback = false
  for (const [index, attempt] of attempts.entries()) {
    if (attempt.status === 'success') lastSuccess = attempt
    const before = attempts[index - 1]
    if (before && !sameDeployment(before, attempt)) hasFallback = true
  }
  return attempts.map((attempt, index) => {
    const before = attempts[index - 1]
    const next = attempts[index + 1]
    return {
      isLast: next === undefined,
      isRetry: before !== undefined && sameDeployment(before, attempt),
      isFallback: before !== undefined && !sameDeployment(before, attempt),
      waste: wasteOf(attempt, next),
      outcome,
      hasFallback,
      nextOtherProvider: next !== undefined && next.provider !== attempt.provider,
      nextOtherModel: next !== undefined && next.model !== attempt.model,
      nextOtherDeployment: next !== undefined && !sameDeployment(attempt, next),
    }
  })

  function wasteOf(attempt: ReferenceAttempt, next: ReferenceAttempt | undefined): Waste {
    if (attempt === lastSuccess) return 'none'
    if (outcome === 'failed') return 'failed_request'
    // Neither failed nor replaced by another: it only did not say how it ended.
    if (next === undefined) return 'none'
    return sameDeployment(attempt, next) ? 'retry' : 'fallback'
  }
}
