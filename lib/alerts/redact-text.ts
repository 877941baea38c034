/** Stands where an erased name stood. */
const ERASED_NAME = '(erased)'

/**
 * JSON without a name: wherever it stands by itself in a text, plain or as part of an address, {@link ERASED_NAME} does.
 * Keys, and texts in which it is a part of another word, stay. Pure.
 */
export function redactName(json: unknown, name: string): unknown {
  const forms = [...new Set([name, encodeURIComponent(name)])].map((form) =>
    form.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'),
  )
  const pattern = new RegExp(`(?<![\\w-])(?:${forms.join('|')})(?![\\w-])`, 'gu')
  const redact = (value: unknown): unknown => {
    if (typeof value === 'string') return value.replaceAll(pattern, ERASED_NAME)
    if (Array.isArray(value)) return value.map(redact)
    if (value === null || typeof value !== 'object') return value
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, redact(each)]))
  }
  return redact(json)
}
