import type { LedgerAttempt } from '@/bench/exactness/reference-ledger'
import { MONEY_DIGITS } from '@/bench/exactness/reference-price'

/** Fraction digits that the API gives of a quotient, rounded half to even. */
const QUOTIENT_DIGITS = 18
const UNIT = 10n ** BigInt(MONEY_DIGITS)

/** All that is added up for one row. Money is in 10⁻¹⁸ USD. */
export class Sums {
  attempts = 0
  priced = 0
  spend = 0n
  unpricedTokens = 0
  unknownModels = 0
  failedAttempts = 0
  input = 0
  uncachedInput = 0
  cacheRead = 0
  cacheWrite = 0
  cacheWrite1h = 0
  output = 0
  reasoning = 0
  audioInput = 0
  audioOutput = 0
  total = 0
  toolRequests = 0
  retries = 0
  readonly waste = {
    all: { attempts: 0, priced: 0, money: 0n },
    retry: { attempts: 0, priced: 0, money: 0n },
    fallback: { attempts: 0, priced: 0, money: 0n },
    failed_request: { attempts: 0, priced: 0, money: 0n },
  }
  requests = 0
  failedRequests = 0
  successfulRequests = 0
  fallbackRequests = 0
  readonly users = new Set<string>()
  readonly latenciesMs: number[] = []
  readonly firstTokensMs: number[] = []

  isPriced(): boolean {
    return this.priced > 0
  }

  addAttempt(attempt: LedgerAttempt, hasFailed: boolean, withStates: boolean): void {
    const { tokens, cost } = attempt
    const input =
      tokens.inputUncached + tokens.cacheRead + tokens.cacheWrite5m + tokens.cacheWrite1h + tokens.audioInput
    const output = tokens.output + tokens.reasoning + tokens.audioOutput
    const total = input + output + tokens.unsplit
    this.attempts += 1
    if (cost === null) this.unpricedTokens += total
    else {
      this.priced += 1
      this.spend += cost
    }
    if (!attempt.isKnownModel) this.unknownModels += 1
    if (hasFailed) this.failedAttempts += 1
    this.input += input
    this.uncachedInput += tokens.inputUncached
    this.cacheRead += tokens.cacheRead
    this.cacheWrite += tokens.cacheWrite5m + tokens.cacheWrite1h
    this.cacheWrite1h += tokens.cacheWrite1h
    this.output += output
    this.reasoning += tokens.reasoning
    this.audioInput += tokens.audioInput
    this.audioOutput += tokens.audioOutput
    this.total += total
    this.toolRequests += tokens.toolRequests
    if (attempt.class.isRetry) this.retries += 1
    const kind = attempt.class.waste
    if (kind !== 'none') {
      for (const waste of [this.waste.all, this.waste[kind]]) {
        waste.attempts += 1
        if (cost === null) continue
        waste.priced += 1
        waste.money += cost
      }
    }
    if (!withStates) return
    const user = attempt.dimensions.user ?? ''
    if (user !== '') this.users.add(user)
    if (attempt.latencyMs !== null) this.latenciesMs.push(attempt.latencyMs)
    if (attempt.timeToFirstTokenMs !== null) this.firstTokensMs.push(attempt.timeToFirstTokenMs)
  }
}

/** A quantile may be any value between its neighbours, widened by what the API promises. */
type Between = { lowest: number; highest: number }
export type ExpectedCell = string | null | Between

const count = (value: number): string => String(value)

function writeUnits(units: bigint): string {
  const sign = units < 0n ? '-' : ''
  const digits = (units < 0n ? -units : units).toString().padStart(MONEY_DIGITS + 1, '0')
  const fraction = digits.slice(-MONEY_DIGITS).replace(/0+$/, '')
  return `${sign}${digits.slice(0, -MONEY_DIGITS)}${fraction === '' ? '' : `.${fraction}`}`
}

/** The quotient of integers to 18 fraction digits, half to even; null by zero. */
function divide(numerator: bigint, denominator: bigint): string | null {
  if (denominator === 0n) return null
  const scaled = numerator * 10n ** BigInt(QUOTIENT_DIGITS)
  let quotient = scaled / denominator
  const twice = (scaled % denominator) * 2n
  if (twice > denominator || (twice === denominator && quotient % 2n === 1n)) quotient += 1n
  return writeUnits(quotient)
}

const ratio = (numerator: number, denominator: number) => divide(BigInt(numerator), BigInt(denominator))

/** Money is null where there is usage and none of it has a price. */
const money = (of: { attempts: number; priced: number; money: bigint }): string | null =>
  of.attempts > 0 && of.priced === 0 ? null : writeUnits(of.money)

const spend = (sums: Sums): string | null => money({ attempts: sums.attempts, priced: sums.priced, money: sums.spend })

const spendPer = (sums: Sums, denominator: number, times = 1n): string | null =>
  spend(sums) === null ? null : divide(sums.spend * times, BigInt(denominator) * UNIT)

/** Half the error that is promised of quantiles: bounds of ±2.5 % around both neighbours. */
const QUANTILE_ERROR = 0.025

function quantile(values: readonly number[], level: number): Between | null {
  if (values.length === 0) return null
  const sorted = [...values].sort((a, b) => a - b)
  const place = level * (sorted.length - 1)
  const below = sorted[Math.floor(place)] ?? 0
  const above = sorted[Math.ceil(place)] ?? 0
  return { lowest: below * (1 - QUANTILE_ERROR) - 1e-6, highest: above * (1 + QUANTILE_ERROR) + 1e-6 }
}

type Measures = Readonly<Record<string, (sums: Sums) => ExpectedCell>>

/** Exact at every moment. */
export const IMMEDIATE: Measures = {
  spend,
  attempts: (sums) => count(sums.attempts),
  costPerMillionTokens: (sums) => spendPer(sums, sums.total, 1_000_000n),
  inputTokens: (sums) => count(sums.input),
  uncachedInputTokens: (sums) => count(sums.uncachedInput),
  cacheReadTokens: (sums) => count(sums.cacheRead),
  cacheWriteTokens: (sums) => count(sums.cacheWrite),
  cacheWrite1hTokens: (sums) => count(sums.cacheWrite1h),
  outputTokens: (sums) => count(sums.output),
  reasoningTokens: (sums) => count(sums.reasoning),
  audioInputTokens: (sums) => count(sums.audioInput),
  audioOutputTokens: (sums) => count(sums.audioOutput),
  totalTokens: (sums) => count(sums.total),
  toolRequests: (sums) => count(sums.toolRequests),
  attemptErrorRatio: (sums) => ratio(sums.failedAttempts, sums.attempts),
  unknownModelRatio: (sums) => ratio(sums.unknownModels, sums.attempts),
  pricingCoverage: (sums) => ratio(sums.priced, sums.attempts),
  unpricedTokens: (sums) => count(sums.unpricedTokens),
}

/** Exact at every moment, of the questions that ask for them. */
export const STATES: Measures = {
  users: (sums) => count(sums.users.size),
  latencyP50: (sums) => quantile(sums.latenciesMs, 0.5),
  latencyP95: (sums) => quantile(sums.latenciesMs, 0.95),
  latencyP99: (sums) => quantile(sums.latenciesMs, 0.99),
  timeToFirstTokenP95: (sums) => quantile(sums.firstTokensMs, 0.95),
}

/** Exact soon after the last event. */
export const SETTLED: Measures = {
  requests: (sums) => count(sums.requests),
  failedRequests: (sums) => count(sums.failedRequests),
  successfulRequests: (sums) => count(sums.successfulRequests),
  fallbackRequests: (sums) => count(sums.fallbackRequests),
  retries: (sums) => count(sums.retries),
  retryRatio: (sums) => ratio(sums.retries, sums.attempts),
  fallbackRatio: (sums) => ratio(sums.fallbackRequests, sums.requests),
  amplification: (sums) => ratio(sums.attempts, sums.requests),
  errorRatio: (sums) => ratio(sums.failedRequests, sums.requests),
  costPerRequest: (sums) => spendPer(sums, sums.requests),
  costPerSuccess: (sums) => spendPer(sums, sums.successfulRequests),
  inputTokensPerRequest: (sums) => ratio(sums.input, sums.requests),
  outputTokensPerRequest: (sums) => ratio(sums.output, sums.requests),
  waste: (sums) => money(sums.waste.all),
  wasteRetry: (sums) => money(sums.waste.retry),
  wasteFallback: (sums) => money(sums.waste.fallback),
  wasteFailedRequest: (sums) => money(sums.waste.failed_request),
}
