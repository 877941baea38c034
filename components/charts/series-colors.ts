export const CHART_COLORS = [
  'var(--color-chart-1)',
  'var(--color-chart-2)',
  'var(--color-chart-3)',
  'var(--color-chart-4)',
  'var(--color-chart-5)',
  'var(--color-chart-6)',
  'var(--color-chart-7)',
  'var(--color-chart-8)',
  'var(--color-chart-9)',
  'var(--color-chart-10)',
] as const

export const OTHER_COLOR = 'var(--color-chart-other)'

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let state = 0x811c9dc5
  for (const byte of new TextEncoder().encode(text)) {
    state = Math.imul(state ^ byte, 0x01000193) >>> 0
  }
  return state
}

/**
 * A colour for each name: the slot of its hash, else the next free one, names in code-point order. So a name's colour
 * does not depend on rank, sort or range, and two names share a colour only when there are more names than colours.
 */
export function assignColors(names: readonly string[]): Map<string, string> {
  const taken = new Set<number>()
  const colors = new Map<string, string>()
  for (const name of [...new Set(names)].sort()) {
    let slot = hash(name) % CHART_COLORS.length
    if (taken.size < CHART_COLORS.length) {
      while (taken.has(slot)) slot = (slot + 1) % CHART_COLORS.length
    }
    taken.add(slot)
    colors.set(name, CHART_COLORS[slot] ?? OTHER_COLOR)
  }
  return colors
}
