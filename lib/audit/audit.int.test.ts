import { sql } from 'drizzle-orm'
import { beforeAll, describe, expect, it } from 'vitest'
import { postgres } from '@/db/postgres/client'
import { type AuditSearch, parseAuditSearch } from '@/lib/audit/audit-search'
import { exportAudit } from '@/lib/audit/export-audit'
import { listAudit } from '@/lib/audit/list-audit'
import { recordAudit } from '@/lib/audit/record-audit'
import { type AccessFixture, mintAccess, newestAudit } from '@/lib/members/access-fixture'
import { changeRole } from '@/lib/members/change-role'
import { updateSettings } from '@/lib/workspaces/update-settings'

let access: AccessFixture
let other: AccessFixture

beforeAll(async () => {
  access = await mintAccess()
  other = await mintAccess()
  const { slug, people } = access
  await changeRole(people.admin, slug, people.second.id, 'editor')
  await updateSettings(people.owner, slug, { name: '=HYPERLINK("x")' })
  await changeRole(other.people.owner, other.slug, other.people.second.id, 'editor')
})

const search = (change: Partial<AuditSearch> = {}) => ({ ...parseAuditSearch({}), ...change })
const actionsOf = async (change: Partial<AuditSearch>) =>
  (await listAudit(access.people.owner, access.slug, search(change))).entries.map(({ action }) => action)

describe('the audit log', () => {
  it('holds a workspace’s entries, newest first, and no other’s', async () => {
    expect(await actionsOf({})).toEqual(['workspace.settings_changed', 'member.role_changed'])
  })

  it('is searched by text in any field, action, actor and day of the workspace’s zone', async () => {
    const today = new Date().toISOString().slice(0, 10)
    expect(await actionsOf({ text: 'hyperlink' })).toEqual(['workspace.settings_changed'])
    expect(await actionsOf({ text: access.people.second.email.slice(2) })).toEqual(['member.role_changed'])
    expect(await actionsOf({ text: '%' })).toEqual([])
    expect(await actionsOf({ action: 'member.role_changed' })).toEqual(['member.role_changed'])
    expect(await actionsOf({ actor: access.people.owner.email })).toEqual(['workspace.settings_changed'])
    expect(await actionsOf({ from: today, to: today })).toHaveLength(2)
    expect(await actionsOf({ to: '2020-01-01' })).toEqual([])
    expect(await actionsOf({ from: '2999-01-01' })).toEqual([])
  })

  it('leaves out of a search what makes no sense', async () => {
    const senseless = {
      q: 'a\u0000b',
      action: '\u0000',
      actor: ['x\u0000'],
      from: '2026-02-30',
      to: '2026-13-01',
      before: '-1',
    }
    expect(parseAuditSearch(senseless)).toEqual(parseAuditSearch({}))
    expect(await actionsOf(parseAuditSearch(senseless))).toHaveLength(2)
  })

  it('goes on from a cursor without a gap or a repeat', async () => {
    const { people, slug, workspaceId } = await mintAccess()
    for (let index = 0; index < 60; index += 1) {
      await recordAudit({
        actor: { kind: 'system', name: 'test' },
        workspaceId,
        action: 'test.made',
        target: { kind: 'test', name: `n${index}` },
      })
    }
    const first = await listAudit(people.admin, slug, search())
    const second = await listAudit(people.admin, slug, search({ before: first.nextBefore }))
    const names = [...first.entries, ...second.entries].map(({ targetName }) => targetName)
    expect(names).toEqual(Array.from({ length: 60 }, (_, index) => `n${59 - index}`))
    expect(second.nextBefore).toBeNull()
    expect(first.choices).toEqual({ actions: ['test.made'], actors: ['test'] })
  })

  it('is a CSV in which no spreadsheet runs anything, and which is noted', async () => {
    const { people, slug, workspaceId } = access
    const { chunks } = await exportAudit(people.admin, slug, search())
    let text = ''
    for await (const chunk of chunks) text += chunk
    const lines = text.trimEnd().split('\r\n')
    expect(lines).toHaveLength(3)
    expect(lines[0]).toBe('id,at,actorKind,actor,address,workspace,action,targetKind,target,before,after')
    expect(text).toContain(`"'=HYPERLINK(""x"")"`)
    expect(await newestAudit(workspaceId)).toMatchObject([
      { action: 'audit.exported', actorName: people.admin.email, after: { text: null } },
    ])
  })

  it('spans all workspaces for an organisation admin', async () => {
    const { entries } = await listAudit(
      access.people.organizationAdmin,
      null,
      search({ action: 'member.role_changed' }),
    )
    const slugs = new Set(entries.map(({ workspace }) => workspace))
    expect(slugs.has(access.slug)).toBe(true)
    expect(slugs.has(other.slug)).toBe(true)
  })

  it('is never changed', async () => {
    for (const statement of [
      sql`UPDATE audit_log SET action = 'x'`,
      sql`DELETE FROM audit_log`,
      sql`TRUNCATE audit_log`,
    ]) {
      await expect(postgres().execute(statement)).rejects.toThrow()
    }
  })
})
