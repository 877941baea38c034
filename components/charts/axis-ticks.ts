/**
 * Ticks of a value axis from zero (or below) past the highest value: steps of 1, 2, 2.5 or 5 times a power of ten, four
 * to six of them, the smallest span that fits. For drawing only, so numbers suffice.
 */
export function axisTicks(values: readonly number[]): number[] {
  const high = Math.max(0, ...values)
  const low = Math.min(0, ...values)
  const span = high - low
  if (span === 0) return [0, 1]
  const magnitude = 10 ** Math.floor(Math.log10(span))
  const candidates = [0.1, 0.2, 0.25, 0.5, 1, 2].map((factor) => {
    const step = factor * magnitude
    return { step, first: Math.floor(low / step), last: Math.ceil(high / step - 1e-9) }
  })
  const fitting = candidates.filter(({ first, last }) => last - first >= 3 && last - first <= 5)
  const best = fitting.reduce<(typeof candidates)[number] | undefined>(
    (kept, next) => (kept && (kept.last - kept.first) * kept.step < (next.last - next.first) * next.step ? kept : next),
    undefined,
  ) ?? { step: span, first: Math.floor(low / span), last: Math.ceil(high / span) }
  return Array.from({ length: best.last - best.first + 1 }, (_, index) =>
    Number(((best.first + index) * best.step).toPrecision(12)),
  )
}
