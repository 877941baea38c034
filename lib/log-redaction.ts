const HIDDEN = '[redacted]'

/** Names whose values are secrets or people, wherever they stand. Compared without case, dashes and underscores. */
const SECRET_NAMES = new Set(
  [
    'authorization',
    'proxyAuthorization',
    'cookie',
    'cookies',
    'setCookie',
    'password',
    'passwordHash',
    'secret',
    'secretHash',
    'clientSecret',
    'token',
    'tokenHash',
    'accessToken',
    'idToken',
    'refreshToken',
    'apiKey',
    'xApiKey',
    'key',
    'code',
    'codeHash',
    'challenge',
    'totpSecret',
    'user',
    'userId',
    'userHash',
    'params',
    'parameters',
    'query',
    'body',
    'detail',
  ].map(plainName),
)

/** A machine's reason, such as `ECONNREFUSED` or `57P01`, is no one-time code. */
const REASON = /^[A-Z0-9_]*[A-Z_][A-Z0-9_]*$|^[a-z]+(_[a-z]+)*$/

const SECRET_TEXTS: readonly (readonly [RegExp, string])[] = [
  [/\bfk_[0-9A-Za-z_-]+/g, `fk_${HIDDEN}`],
  [/\b(Bearer|Basic)\s+[\w.~+/=-]+/gi, `$1 ${HIDDEN}`],
  // Encrypted and signed tokens, argon2 hashes, sealed secrets.
  [/\beyJ[\w-]+(\.[\w-]*)+/g, HIDDEN],
  [/\$argon2[\w$=,+/.-]+/g, HIDDEN],
  [/\bv1\.[0-9a-f]{8}\.[\w-]+/g, HIDDEN],
  // A password in an address.
  [/(\/\/[^\s/:@]+):[^\s/@]+@/g, `$1:${HIDDEN}@`],
  [/\/(reset|invitation|acknowledge)\/[\w.-]{20,}/g, `/$1/${HIDDEN}`],
  [/([?&]token=)[\w-]+/g, `$1${HIDDEN}`],
  [/((?:authjs|farthing)\.[\w.-]+=)[^;\s]+/g, `$1${HIDDEN}`],
  // What a failed statement was given.
  [/\bparams: [\s\S]*?(?=\n {4}at |$)/g, `params: ${HIDDEN}`],
  [/(["']?\buser_?(?:id|hash)["']?\s*[:=]\s*)("[^"]*"|'[^']*'|[^\s,;)}]+)/gi, `$1${HIDDEN}`],
]

const MAX_DEPTH = 6

/**
 * What may be logged of a value: without keys, cookies, passwords, hashes and users, by the names of fields and by the form of
 * texts. Errors become plain objects with their causes. Pure.
 */
export function redactForLog(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return redactText(value)
  if (typeof value !== 'object' || value === null || value instanceof Date) return value
  if (depth >= MAX_DEPTH) return '[…]'
  if (Array.isArray(value)) return value.map((item) => redactForLog(item, depth + 1))
  if (value instanceof Headers || value instanceof Map) return redactEntries([...value.entries()], depth)
  if (value instanceof Error) {
    const { name, message, stack, cause } = value
    const own = Object.entries(value).filter(([key]) => key !== 'cause')
    const named = Object.entries({ name, message, stack, cause }).filter(([, part]) => part !== undefined)
    return redactEntries([...own, ...named], depth)
  }
  return redactEntries(Object.entries(value), depth)
}

function redactEntries(entries: [unknown, unknown][], depth: number): Record<string, unknown> {
  return Object.fromEntries(
    entries.map(([key, value]) => {
      const name = String(key)
      const isReason = name === 'code' && typeof value === 'string' && REASON.test(value)
      const isHidden = SECRET_NAMES.has(plainName(name)) && !isReason
      return [name, isHidden ? HIDDEN : redactForLog(value, depth + 1)]
    }),
  )
}

function redactText(text: string): string {
  return SECRET_TEXTS.reduce((result, [pattern, replacement]) => result.replace(pattern, replacement), text)
}

function plainName(name: string): string {
  return name.toLowerCase().replace(/[-_\s]/g, '')
}
