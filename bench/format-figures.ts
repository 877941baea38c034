/** Milliseconds with three significant digits: `0.71`, `4.1`, `52`, `1,275`. */
export function showMs(durationMs: number): string {
  if (!Number.isFinite(durationMs)) return '–'
  if (durationMs < 1) return durationMs.toFixed(2)
  return durationMs < 20 ? durationMs.toFixed(1) : Math.round(durationMs).toLocaleString('en-US')
}

/** A whole number with separators. */
export function showCount(count: number): string {
  return Number.isFinite(count) ? Math.round(count).toLocaleString('en-US') : '–'
}

/** A factor: `0.8×`, `12×`. */
export function showFactor(factor: number): string {
  if (!Number.isFinite(factor)) return '–'
  return `${factor < 10 ? factor.toFixed(1) : showCount(factor)}×`
}

/** Bytes in the unit that leaves few digits. */
export function showBytes(bytes: number): string {
  if (!Number.isFinite(bytes)) return '–'
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB']
  let value = bytes
  let unit = 0
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000
    unit += 1
  }
  return `${value < 10 && unit > 0 ? value.toFixed(1) : showCount(value)} ${units[unit]}`
}
