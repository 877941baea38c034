const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

/** What of `change` differs from `stored`, as it was and as it will be; null when nothing does. */
export function changedFields<Field extends string>(
  stored: Readonly<Record<Field, unknown>>,
  change: Readonly<Partial<Record<NoInfer<Field>, unknown>>>,
): { before: Record<string, unknown>; after: Record<string, unknown> } | null {
  const before: Record<string, unknown> = {}
  const after: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(change)) {
    const was = Object.entries(stored).find(([field]) => field === name)?.[1]
    if (value === undefined || same(was, value)) continue
    before[name] = was ?? null
    after[name] = value
  }
  return Object.keys(after).length === 0 ? null : { before, after }
}
