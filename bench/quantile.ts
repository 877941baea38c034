/** The value below which `level` of the values lie (nearest rank); NaN of none. */
export function quantile(values: readonly number[], level: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(level * sorted.length) - 1)] ?? Number.NaN
}

/** The middle value; of an even number of values the lower of the two. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}
