/** One line of a table of measurements. */
export type Measurement = { name: string; values: Readonly<Record<string, string>> }

/** Prints measurements under each other, columns aligned. */
export function printTable(title: string, measurements: readonly Measurement[]): void {
  const columns = [...new Set(measurements.flatMap(({ values }) => Object.keys(values)))]
  const rows = [
    ['', ...columns],
    ...measurements.map(({ name, values }) => [name, ...columns.map((key) => values[key] ?? '')]),
  ]
  const widths = columns.map((_, index) => Math.max(...rows.map((row) => row[index + 1]?.length ?? 0)))
  const first = Math.max(...rows.map((row) => row[0]?.length ?? 0))
  console.log(title)
  for (const [name = '', ...cells] of rows) {
    console.log(`  ${name.padEnd(first)}  ${cells.map((cell, index) => cell.padStart(widths[index] ?? 0)).join('  ')}`)
  }
  console.log('')
}

/** The value below which `level` of the sorted values lie (nearest rank). */
export function quantile(values: readonly number[], level: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.ceil(level * sorted.length) - 1)] ?? Number.NaN
}

/** Milliseconds for people. */
export function formatMs(durationMs: number): string {
  return `${durationMs.toFixed(durationMs < 10 ? 1 : 0)} ms`
}
