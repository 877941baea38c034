/** Segments of consecutive values as points in the unit square, y upwards; gaps (null) split segments. */
export function sparklineSegments(values: readonly (string | null)[]): { x: number; y: number }[][] {
  const numbers = values.map((value) => (value === null ? null : Number(value)))
  const present = numbers.filter((value) => value !== null)
  const low = Math.min(0, ...present)
  const span = Math.max(0, ...present) - low || 1
  const segments: { x: number; y: number }[][] = [[]]
  numbers.forEach((value, index) => {
    if (value === null) segments.push([])
    else segments.at(-1)?.push({ x: index / Math.max(1, numbers.length - 1), y: (value - low) / span })
  })
  return segments.filter((segment) => segment.length > 0)
}

const WIDTH = 100
const HEIGHT = 20

/** The course of a number, without axes, from zero, as wide as its place. The chart of the number has its values. */
export function Sparkline({ values, label }: { values: readonly (string | null)[]; label: string }) {
  return (
    <svg
      role="img"
      aria-label={label}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      className="text-accent block h-5 w-full overflow-visible"
    >
      {sparklineSegments(values).map((segment) => (
        <polyline
          key={segment[0]?.x}
          points={segment.map(({ x, y }) => `${(x * WIDTH).toFixed(2)},${((1 - y) * HEIGHT).toFixed(2)}`).join(' ')}
          fill="none"
          stroke="currentColor"
          strokeWidth={1.25}
          strokeLinejoin="round"
          strokeLinecap="round"
          vectorEffect="non-scaling-stroke"
        />
      ))}
    </svg>
  )
}
