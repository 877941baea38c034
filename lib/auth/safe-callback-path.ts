const PLACEHOLDER_ORIGIN = 'http://farthing.invalid'
const MAX_LENGTH = 2_000

/**
 * Where to go after signing in: a path of this site, or `/` for anything else (another site in any spelling, a script,
 * the sign-in page itself, an API route). Takes what a visitor sent.
 */
export function safeCallbackPath(value: unknown): string {
  if (typeof value !== 'string' || value.length > MAX_LENGTH || !value.startsWith('/')) return '/'
  if (hasControlCharacter(value) || value.includes('\\')) return '/'
  if (!URL.canParse(value, PLACEHOLDER_ORIGIN)) return '/'
  const url = new URL(value, PLACEHOLDER_ORIGIN)
  // `/.//evil.example` normalises to a path that a browser reads as another host.
  if (url.origin !== PLACEHOLDER_ORIGIN || url.pathname.startsWith('//')) return '/'
  if (/^\/(sign-in|api|v1)(\/|$)/.test(url.pathname)) return '/'
  return `${url.pathname}${url.search}${url.hash}`
}

function hasControlCharacter(value: string): boolean {
  return [...value].some((character) => character <= '\u001f' || character === '\u007f')
}
