import { describe, expect, it } from 'vitest'
import { rangeHref, scenarioHref, shellHref, workspaceHref } from '@/components/shell/navigation'
import { parseTheme, themeAttribute } from '@/components/shell/theme'

const page = (segment: string, takesScenario = true) => ({ segment, takesScenario })
const params = new URLSearchParams('range=7d&env=prod,dev&f=endpoint:in:a&f=user:in:b&sort=-spend&by=model')

describe('links of the shell', () => {
  it('carry the filters to other pages, not the sort or the stacking', () => {
    expect(shellHref(page('users'), 'acme', params)).toBe(
      '/w/acme/users?range=7d&env=prod%2Cdev&f=endpoint%3Ain%3Aa&f=user%3Ain%3Ab',
    )
    expect(shellHref(page('users'), 'acme', new URLSearchParams())).toBe('/w/acme/users')
    expect(shellHref({ ...page('users'), href: '/portfolio' }, 'acme', params)).toBe('/portfolio')
  })

  it('carry a scenario to the pages that are shown under it, and to no others', () => {
    const under = new URLSearchParams('range=7d&scenario=12')
    expect(shellHref(page('users'), 'acme', under)).toBe('/w/acme/users?range=7d&scenario=12')
    expect(shellHref(page('budgets', false), 'acme', under)).toBe('/w/acme/budgets?range=7d')
    expect(workspaceHref('shop', '/w/acme/users', under)).toBe('/w/shop/users?range=7d')
    expect(rangeHref('today', '/w/acme/users', under)).toBe('/w/acme/users?range=today&scenario=12')
  })

  it('switch a scenario on and off in place', () => {
    const requests = new URLSearchParams('range=7d&id=r-1')
    expect(scenarioHref(12, '/w/acme/requests', requests)).toBe('/w/acme/requests?range=7d&id=r-1&scenario=12')
    expect(scenarioHref(null, '/w/acme/requests', new URLSearchParams('id=r-1&scenario=12'))).toBe(
      '/w/acme/requests?id=r-1',
    )
    expect(scenarioHref(null, '/w/acme/users', new URLSearchParams('scenario=12'))).toBe('/w/acme/users')
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
