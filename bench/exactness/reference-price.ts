import type { Deployment } from '@/bench/exactness/deployments'
import type { SentEvent } from '@/bench/exactness/sent-event'
import { loadListPriceBook, type PriceRow } from '@/lib/pricing/price-book'

/** Token counts that do not overlap. */
export type Tokens = {
  inputUncached: number
  cacheRead: number
  cacheWrite5m: number
  cacheWrite1h: number
  audioInput: number
  output: number
  reasoning: number
  audioOutput: number
  unsplit: number
  toolRequests: number
}

export type Usage = { tokens: Tokens; isComplete: boolean; isInputOnly: boolean }

/** Money as an integer of 10⁻¹⁸ USD. */
export const MONEY_DIGITS = 18

/** An exact decimal as an integer of 10⁻¹⁸. */
export function toUnits(decimal: string): bigint {
  const [whole = '0', fraction = ''] = decimal.split('.')
  if (fraction.length > MONEY_DIGITS) throw new Error(`${decimal} has more than ${MONEY_DIGITS} fraction digits`)
  return BigInt(whole) * 10n ** BigInt(MONEY_DIGITS) + BigInt(fraction.padEnd(MONEY_DIGITS, '0'))
}

/** The usage of an event: inclusive counts taken apart; what is absent is unknown, not 0. */
export function readUsage(event: SentEvent): Usage {
  const cacheRead = event.cacheReadTokens ?? 0
  const cacheWrite1h = event.cacheWrite1hTokens ?? 0
  const cacheWrite = event.cacheWriteTokens ?? cacheWrite1h
  const audioInput = event.audioInputTokens ?? 0
  const audioOutput = event.audioOutputTokens ?? 0
  const reasoning = event.reasoningTokens ?? 0
  const input = event.inputTokens ?? cacheRead + cacheWrite + audioInput
  const output = event.outputTokens ?? reasoning + audioOutput
  const hasBoth = event.inputTokens !== undefined && event.outputTokens !== undefined
  const rest = hasBoth ? 0 : Math.max(0, (event.totalTokens ?? 0) - input - output)
  const isWhole = event.totalTokens !== undefined && event.totalTokens === input + output
  const saysSomething = event.inputTokens !== undefined || event.outputTokens !== undefined || event.totalTokens === 0
  return {
    tokens: {
      inputUncached: input - cacheRead - cacheWrite - audioInput,
      cacheRead,
      cacheWrite5m: cacheWrite - cacheWrite1h,
      cacheWrite1h,
      audioInput,
      output: output - reasoning - audioOutput,
      reasoning,
      audioOutput,
      unsplit: rest,
      toolRequests: event.toolRequests ?? 0,
    },
    isComplete: hasBoth || (rest === 0 && isWhole && saysSomething),
    isInputOnly: event.inputTokens !== undefined && event.outputTokens === undefined && rest === 0,
  }
}

export type Price = { isKnownModel: boolean; cost: bigint | null }

const FALLBACK_PRICES = {
  inputUncached: ['inputUncached'],
  cacheRead: ['cacheRead', 'inputUncached'],
  cacheWrite5m: ['cacheWrite5m', 'inputUncached'],
  cacheWrite1h: ['cacheWrite1h', 'cacheWrite5m', 'inputUncached'],
  audioInput: ['audioInput', 'inputUncached'],
  output: ['output'],
  reasoning: ['reasoning', 'output'],
  audioOutput: ['audioOutput', 'output'],
  toolRequests: ['toolRequests'],
} as const

/** A price that replaces the list's from an instant on. */
export type PriceChange = {
  provider: string
  model: string
  effectiveFromMs: number
  /** USD per token, as decimals. */
  unitPrices: { inputUncached: string; output: string }
}

/** The public list, and what was changed on it. */
export class ReferencePrices {
  private readonly rows = new Map<string, PriceRow[]>()
  private readonly changes: PriceChange[] = []

  constructor() {
    for (const row of loadListPriceBook().rows) {
      const key = `${row.provider}/${row.model}`
      this.rows.set(key, [...(this.rows.get(key) ?? []), row])
    }
  }

  isKnown(provider: string, model: string): boolean {
    return this.rows.has(`${provider}/${model}`)
  }

  change(change: PriceChange): void {
    this.changes.push(change)
  }

  /** What an attempt costs by the price in force at its instant; null where it has no price. */
  priceOf(
    { tokens, isComplete, isInputOnly }: Usage,
    place: Pick<Deployment, 'provider' | 'model'> & { serviceTier: string; region: string; atMs: number },
  ): Price {
    const rows = this.rows.get(`${place.provider}/${place.model}`)
    if (!rows) return { isKnownModel: false, cost: null }
    const input =
      tokens.inputUncached + tokens.cacheRead + tokens.cacheWrite5m + tokens.cacheWrite1h + tokens.audioInput
    const changed = this.changes.findLast(
      (change) =>
        change.provider === place.provider && change.model === place.model && place.atMs >= change.effectiveFromMs,
    )
    const unitPrices: PriceRow['unitPrices'] | undefined =
      changed && place.serviceTier === 'standard' ? changed.unitPrices : findRow(rows, place, input)?.unitPrices
    if (!unitPrices || Object.keys(unitPrices).length === 0) return { isKnownModel: true, cost: null }
    const isUsageKnown = isComplete || (isInputOnly && unitPrices.output === undefined)
    if (!isUsageKnown || tokens.unsplit > 0) return { isKnownModel: true, cost: null }
    let cost = unitPrices.requests === undefined ? 0n : toUnits(unitPrices.requests)
    for (const [name, names] of Object.entries(FALLBACK_PRICES)) {
      const count = Object.entries(tokens).find(([token]) => token === name)?.[1] ?? 0
      if (count === 0) continue
      const price = names.map((each) => unitPrices[each]).find((each) => each !== undefined)
      if (price === undefined) return { isKnownModel: true, cost: null }
      cost += BigInt(count) * toUnits(price)
    }
    return { isKnownModel: true, cost }
  }
}

function findRow(
  rows: readonly PriceRow[],
  place: { serviceTier: string; region: string; atMs: number },
  inputTokens: number,
): PriceRow | undefined {
  const region = place.region === 'global' ? 'global' : 'regional'
  const minutes = new Date(place.atMs).toISOString().slice(11, 16)
  const above = (row: PriceRow) => (row.contextBand === 'base' ? -1 : Number(row.contextBand.slice(1)))
  return rows
    .filter((row) => row.serviceTier === place.serviceTier && (row.region === null || row.region === region))
    .filter((row) => row.effectiveFrom === null || row.effectiveFrom.getTime() <= place.atMs)
    .filter((row) => row.effectiveTo === null || place.atMs < row.effectiveTo.getTime())
    .filter(({ dailyFrom, dailyTo }) => {
      if (dailyFrom === null || dailyTo === null) return true
      if (dailyFrom < dailyTo) return minutes >= dailyFrom && minutes < dailyTo
      return minutes >= dailyFrom || minutes < dailyTo
    })
    .filter((row) => inputTokens > above(row))
    .sort((a, b) => above(b) - above(a))[0]
}
