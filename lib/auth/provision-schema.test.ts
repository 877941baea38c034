import { describe, expect, it } from 'vitest'
import { parseProvisionSpec } from './provision-schema'

const key = { name: 'ci', secret: 'fk_0123456789abcdef0123456789abcdef', scopes: ['ingest', 'read'] }
const workspace = { slug: 'acme', name: 'Acme', timeZone: 'Europe/Berlin', currency: 'USD', keys: [key] }
const user = { email: 'ada@example.com', name: 'Ada', password: 'correct horse', roles: { acme: 'owner' } }

const withWorkspace = (change: object) => ({ workspaces: [{ ...workspace, ...change }] })
const withKey = (change: object) => withWorkspace({ keys: [{ ...key, ...change }] })
const withUser = (change: object) => ({ workspaces: [workspace], users: [{ ...user, ...change }] })

function problemsOf(value: unknown): string[] {
  const parsed = parseProvisionSpec(value)
  return 'problems' in parsed ? parsed.problems : []
}

describe('parseProvisionSpec', () => {
  it('takes the documented file', () => {
    expect(parseProvisionSpec({ workspaces: [workspace], users: [user] })).toEqual({
      spec: { workspaces: [workspace], users: [user] },
    })
  })

  it('takes every optional field and adds none', () => {
    const spec = {
      workspaces: [
        {
          ...workspace,
          fiscalYearStartMonth: 4,
          defaultEnvironments: ['prod', 'staging'],
          defaultDataModes: ['demo'],
          costPreference: 'book',
          isDemo: true,
          keys: [{ ...key, environment: 'staging', dataMode: 'test' }],
        },
        { slug: 'b', name: 'B' },
      ],
    }
    expect(parseProvisionSpec(spec)).toEqual({ spec })
    expect(parseProvisionSpec({})).toEqual({ spec: {} })
  })

  it('keeps e-mail addresses in lower case', () => {
    expect(parseProvisionSpec({ users: [{ email: ' Ada@Example.COM ', name: 'Ada' }] })).toEqual({
      spec: { users: [{ email: 'ada@example.com', name: 'Ada' }] },
    })
  })

  it.each([
    ['workspaces.0.slug', withWorkspace({ slug: 'Acme Inc' })],
    ['workspaces.0.slug', withWorkspace({ slug: '../x' })],
    ['workspaces.0.name', withWorkspace({ name: ' ' })],
    ['workspaces.0.timeZone', withWorkspace({ timeZone: 'Europe/Atlantis' })],
    ['workspaces.0.timeZone', withWorkspace({ timeZone: '+01:00' })],
    ['workspaces.0.currency', withWorkspace({ currency: 'XYZ' })],
    ['workspaces.0.currency', withWorkspace({ currency: 'usd' })],
    ['workspaces.0.fiscalYearStartMonth', withWorkspace({ fiscalYearStartMonth: 13 })],
    ['workspaces.0.fiscalYearStartMonth', withWorkspace({ fiscalYearStartMonth: 1.5 })],
    ['workspaces.0.defaultEnvironments.0', withWorkspace({ defaultEnvironments: ['production'] })],
    ['workspaces.0.keys.0.secret', withKey({ secret: 'fk_0123456789abcdef' })],
    ['workspaces.0.keys.0.secret', withKey({ secret: '0123456789abcdef0123456789abcdef' })],
    ['workspaces.0.keys.0.secret', withKey({ secret: 'fk_0123456789abcdef 0123456789abcdef' })],
    ['workspaces.0.keys.0.scopes.1', withKey({ scopes: ['read', 'admin'] })],
    ['workspaces.0.keys.0.scopes', withKey({ scopes: [] })],
    ['workspaces.0.keys.0.dataMode', withKey({ dataMode: 'live' })],
    ['workspaces.1.slug', { workspaces: [workspace, { slug: 'acme', name: 'Again' }] }],
    ['workspaces.0.keys.1.name', withWorkspace({ keys: [key, { ...key, secret: `${key.secret}0` }] })],
    ['workspaces.0.keys.1.secret', withWorkspace({ keys: [key, { ...key, name: 'other' }] })],
    ['users.0.email', withUser({ email: 'ada' })],
    ['users.0.password', withUser({ password: '1234567' })],
    ['users.0.roles.acme', withUser({ roles: { acme: 'god' } })],
    ['users.1.email', { users: [user, { ...user, email: 'ADA@example.com' }] }],
    ['workspaces', { workspaces: {} }],
    ['the file', []],
    ['the file', null],
    ['the file', { workspace: [] }],
    ['users.0', withUser({ pasword: 'correct horse' })],
  ])('names %s', (path, value) => {
    const problems = problemsOf(value)
    expect(problems).toHaveLength(1)
    expect(problems[0]).toMatch(new RegExp(`^${path.replaceAll('.', '\\.')}: .+`))
  })

  it('repeats no secret and no password in its problems', () => {
    const problems = problemsOf({
      workspaces: [{ ...workspace, keys: [{ ...key, secret: 'fk_hunter2' }] }],
      users: [{ ...user, password: 'swordf' }],
    })
    expect(problems).toHaveLength(2)
    expect(problems.join()).not.toMatch(/hunter2|swordf/)
  })
})
