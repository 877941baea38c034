import { measureOf } from '@/lib/metrics/registry'
import { compareDecimals, ExactDecimal } from '@/lib/money'
import { type Expectation, expectedRange } from '@/lib/rules/anomaly'
import type { RuleDefinition } from '@/lib/rules/rule-schema'
import type { RulePhase } from '@/lib/rules/state-machine'

/** What the ledger says of one window `[start, end)` of a rule's group. */
export type WindowReading = {
  start: Date
  end: Date
  isFinished: boolean
  /** Decimal, milliseconds included; null where there is nothing to say. */
  value: string | null
  attempts: string
  /** Of a change: the window compared with, cut at the same point. */
  baseline: { value: string | null; attempts: string } | null
  /** Of an anomaly: what is usual at that hour; null while too little is known. */
  expectation: Expectation | null
}

export type Verdict = {
  reading: 'ok' | 'breach' | 'noData' | 'lowVolume' | 'noBaseline'
  /** Beyond the hysteresis: what fires may end. */
  isRecovered: boolean
  value: string | null
  /** What the value is held against, in the measure's unit. */
  bound: string | null
  /** The value of the window compared with, or what is usual. */
  baseline: string | null
  window: { start: Date; end: Date }
}

export type JudgedRule = Pick<
  RuleDefinition,
  'kind' | 'measure' | 'threshold' | 'direction' | 'hysteresisPercent' | 'minVolume'
>

/** What one window says about a rule. Pure. */
export function judgeWindow(rule: JudgedRule, reading: WindowReading): Verdict {
  const { start, end, value, attempts } = reading
  const unknown = (kind: 'noData' | 'lowVolume' | 'noBaseline'): Verdict => ({
    reading: kind,
    isRecovered: false,
    value: kind === 'noData' ? null : value,
    bound: null,
    baseline: null,
    window: { start, end },
  })
  // Of what is summed, nothing is a number too, where the rule asks for too little of it.
  const isZeroTelling = measureOf(rule.measure).additive && rule.direction !== 'above' && rule.kind !== 'change'
  if (value === null || (attempts === '0' && !isZeroTelling)) return unknown('noData')
  if (!isZeroTelling && BigInt(attempts) < BigInt(rule.minVolume)) return unknown('lowVolume')
  const bounds = boundsOf(rule, reading)
  if (bounds === null) return unknown('noBaseline')
  const above = bounds.upper !== null && compareDecimals(value, bounds.upper) > 0
  const below = bounds.lower !== null && compareDecimals(value, bounds.lower) < 0
  const isRecovered =
    (bounds.upperRecovered === null || compareDecimals(value, bounds.upperRecovered) <= 0) &&
    (bounds.lowerRecovered === null || compareDecimals(value, bounds.lowerRecovered) >= 0)
  return {
    reading: above || below ? 'breach' : 'ok',
    isRecovered,
    value,
    bound: below ? bounds.lower : (bounds.upper ?? bounds.lower),
    baseline: bounds.baseline,
    window: { start, end },
  }
}

type Bounds = {
  upper: string | null
  lower: string | null
  upperRecovered: string | null
  lowerRecovered: string | null
  baseline: string | null
}

function boundsOf(rule: JudgedRule, reading: WindowReading): Bounds | null {
  const kept = new ExactDecimal(100).minus(rule.hysteresisPercent).div(100)
  const above = rule.direction !== 'below'
  const below = rule.direction !== 'above'
  if (rule.kind === 'static') {
    const { threshold } = rule
    const margin = new ExactDecimal(threshold).times(rule.hysteresisPercent).div(100)
    return {
      upper: above ? threshold : null,
      lower: below ? threshold : null,
      upperRecovered: above ? new ExactDecimal(threshold).minus(margin).toFixed() : null,
      lowerRecovered: below ? new ExactDecimal(threshold).plus(margin).toFixed() : null,
      baseline: null,
    }
  }
  if (rule.kind === 'change') {
    const { baseline } = reading
    if (!baseline || baseline.value === null || BigInt(baseline.attempts) < BigInt(rule.minVolume)) return null
    const before = new ExactDecimal(baseline.value)
    if (before.lte(0)) return null
    const at = (share: InstanceType<typeof ExactDecimal>) => before.times(share.plus(1)).toFixed()
    const share = new ExactDecimal(rule.threshold)
    return {
      upper: above ? at(share) : null,
      lower: below ? at(share.neg()) : null,
      upperRecovered: above ? at(share.times(kept)) : null,
      lowerRecovered: below ? at(share.times(kept).neg()) : null,
      baseline: baseline.value,
    }
  }
  if (!reading.expectation) return null
  const deviations = Number(rule.threshold)
  const range = expectedRange(reading.expectation, deviations)
  const recovered = expectedRange(reading.expectation, kept.times(deviations).toNumber())
  return {
    upper: above ? range.upper : null,
    lower: below ? range.lower : null,
    upperRecovered: above ? recovered.upper : null,
    lowerRecovered: below ? recovered.lower : null,
    baseline: range.expected,
  }
}

/**
 * What a rule goes by now, of the window under way and the one before it. A sum under way can only rise: it breaks an
 * upper threshold as soon as it is beyond, but says nothing yet of recovery or of too little; that is for the window
 * that is over. A quotient speaks as soon as it has its volume; until then the window before it does. Pure.
 */
export function judgeLive(
  rule: JudgedRule & Pick<RuleDefinition, 'comparison'>,
  phase: RulePhase,
  current: WindowReading,
  finished: WindowReading | null,
): Verdict {
  const now = judgeWindow(rule, current)
  if (finished === null) return waitsForEnd(rule) && now.reading !== 'breach' ? quiet(now) : now
  const before = judgeWindow(rule, finished)
  if (!measureOf(rule.measure).additive || rule.kind === 'change') {
    const isTelling = now.reading === 'ok' || now.reading === 'breach'
    return isTelling || (before.reading === 'noData' && now.reading === 'lowVolume') ? now : before
  }
  if (now.reading === 'breach' && isAbove(now)) return now
  if (waitsForEnd(rule)) return before
  if (phase === 'firing') return before.reading === 'noData' && now.reading === 'ok' ? now : before
  return now.reading === 'noData' ? { ...now, reading: before.reading === 'noData' ? 'noData' : 'ok' } : now
}

const waitsForEnd = (rule: JudgedRule): boolean =>
  measureOf(rule.measure).additive && rule.kind !== 'change' && rule.direction !== 'above'

const quiet = (verdict: Verdict): Verdict => ({ ...verdict, reading: 'noBaseline', isRecovered: false })

function isAbove({ value, bound }: Verdict): boolean {
  return value !== null && bound !== null && compareDecimals(value, bound) > 0
}
