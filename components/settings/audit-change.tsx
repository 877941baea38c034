type Values = Readonly<Record<string, unknown>> | null

const say = (value: unknown): string =>
  value === null || value === undefined
    ? 'nothing'
    : Array.isArray(value)
      ? value.map((each) => say(each)).join(', ') || 'nothing'
      : typeof value === 'object'
        ? JSON.stringify(value)
        : String(value)

const SHORT = 48

/** What a change did: each field before and after; more than one or a long one behind a fold. */
export function AuditChange({ before, after }: { before: Values; after: Values }) {
  const names = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])]
  const changes = names.map((name) => ({
    name,
    before: before && name in before ? say(before[name]) : null,
    after: after && name in after ? say(after[name]) : null,
  }))
  const [only] = changes
  if (!only) return null
  const short = `${only.name}: ${[only.before, only.after].filter((side) => side !== null).join(' → ')}`
  if (changes.length === 1 && short.length <= SHORT) return <span>{short}</span>
  return (
    <details className="py-1.5">
      <summary>
        {changes.length} {changes.length === 1 ? 'field' : 'fields'}: {names.slice(0, 2).join(', ')}
        {names.length > 2 && ' …'}
      </summary>
      <dl className="grid max-w-96 min-w-56 grid-cols-[auto_1fr] gap-x-3 gap-y-0.5 pt-1 whitespace-normal">
        {changes.map((change) => (
          <div key={change.name} className="col-span-2 grid grid-cols-subgrid">
            <dt className="text-ink-muted">{change.name}</dt>
            <dd className="wrap-anywhere">
              {change.before !== null && <del className="text-bad mr-1.5 no-underline">{change.before}</del>}
              {change.before !== null && change.after !== null && '→ '}
              {change.after !== null && <ins className="text-good no-underline">{change.after}</ins>}
            </dd>
          </div>
        ))}
      </dl>
    </details>
  )
}
