import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { safeCallbackPath } from './safe-callback-path'

describe('safeCallbackPath', () => {
  it.each([
    '/',
    '/w/acme/overview',
    '/w/acme/overview?range=30d&env=prod#top',
    '/w/acme/requests?q=https://example.com',
  ])('keeps %s', (path) => {
    expect(safeCallbackPath(path)).toBe(path)
  })

  it.each([
    ['another host', '//evil.example'],
    ['a backslash host', '/\\evil.example'],
    ['two backslashes', '\\\\evil.example'],
    ['an absolute address', 'https://evil.example/w/acme'],
    ['a script', 'javascript:alert(1)'],
    ['a tab that browsers drop', '/\t/evil.example'],
    ['a newline', '/\n/evil.example'],
    ['a path that normalises to a host', '/.//evil.example'],
    ['another path that does', '/w/..//evil.example'],
    ['an encoded dot segment that does', '/%2e//evil.example'],
    ['the sign-in page', '/sign-in?callbackUrl=/x'],
    ['an API route', '/api/auth/signout'],
    ['a relative path', 'w/acme'],
    ['nothing', ''],
    ['no text', undefined],
    ['a list', ['/w/acme']],
    ['too much', `/${'a'.repeat(5_000)}`],
  ])('answers / for %s', (_what, value) => {
    expect(safeCallbackPath(value)).toBe('/')
  })

  it('never leaves the site, whatever it is given', () => {
    const nasty = fc.array(
      fc.constantFrom('/', '\\', '.', '..', '%2e', '%2f', 'evil.example', '@', ':', '\t', '\n', '?', '#', 'x'),
    )
    fc.assert(
      fc.property(nasty, (parts) => {
        const path = safeCallbackPath(`/${parts.join('')}`)
        const resolved = new URL(path, 'https://farthing.example/sign-in')
        expect(resolved.origin).toBe('https://farthing.example')
      }),
      { numRuns: 2_000 },
    )
  })
})
