const MAX_DEPTH = 16
const MAX_VALUES = 5_000
const MAX_CHARACTERS = 100_000

const LONE_SURROGATE = /\p{Surrogate}/u

/** Whether every surrogate of a text has its pair, so that it can be stored as UTF-8. */
export function isWellFormedText(text: string): boolean {
  return !LONE_SURROGATE.test(text)
}

/**
 * What makes a parsed JSON value too deep, too large or unfit for hashing and storing; null when it is fine. Stops at the
 * first problem, so it costs little on hostile input.
 */
export function findJsonProblem(root: unknown): string | null {
  let values = 0
  let characters = 0
  const checkText = (text: string): string | null => {
    characters += text.length
    if (characters > MAX_CHARACTERS) return `An event must have at most ${MAX_CHARACTERS} characters of text.`
    return isWellFormedText(text) ? null : 'Text must not have lone surrogates.'
  }
  const check = (value: unknown, depth: number): string | null => {
    values += 1
    if (values > MAX_VALUES) return `An event must have at most ${MAX_VALUES} values.`
    if (typeof value === 'string') return checkText(value)
    if (typeof value === 'number') return Number.isFinite(value) ? null : 'A number of the event is out of range.'
    if (typeof value !== 'object' || value === null) return null
    if (depth >= MAX_DEPTH) return `An event must not be nested deeper than ${MAX_DEPTH} levels.`
    for (const [key, item] of Object.entries(value)) {
      const problem = (Array.isArray(value) ? null : checkText(key)) ?? check(item, depth + 1)
      if (problem !== null) return problem
    }
    return null
  }
  return check(root, 0)
}
