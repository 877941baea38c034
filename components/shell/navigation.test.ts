import { describe, expect, it } from 'vitest'
import { pageHref, rangeHref, workspaceHref } from '@/components/shell/navigation'
import { parseTheme, themeAttribute } from '@/components/shell/theme'

const params = new URLSearchParams('range=7d&env=prod,dev&f=endpoint:in:a&f=user:in:b&sort=-spend&by=model')

describe('links of the shell', () => {
  it('carry the filters to other pages, not the sort or the stacking', () => {
    expect(pageHref('acme', 'users', params)).toBe(
      '/w/acme/users?range=7d&env=prod%2Cdev&f=endpoint%3Ain%3Aa&f=user%3Ain%3Ab',
    )
    expect(pageHref('acme', 'users', new URLSearchParams())).toBe('/w/acme/users')
  })

  it('carry only the range to other workspaces', () => {
    expect(workspaceHref('shop', '/w/acme/providers', params)).toBe('/w/shop/providers?range=7d')
    expect(workspaceHref('shop', '/w/acme', params)).toBe('/w/shop/overview?range=7d')
  })

  it('change the range in place', () => {
    expect(rangeHref('today', '/w/acme/users', new URLSearchParams('range=7d&sort=-spend'))).toBe(
      '/w/acme/users?range=today&sort=-spend',
    )
  })
})

describe('theme', () => {
  it('is the system’s unless the cookie names one', () => {
    expect(parseTheme(undefined)).toBe('system')
    expect(parseTheme('neon')).toBe('system')
    expect(parseTheme('dark')).toBe('dark')
    expect(themeAttribute('system')).toBeUndefined()
    expect(themeAttribute('light')).toBe('light')
  })
})
