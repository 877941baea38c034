import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { closeClickHouse } from '@/db/clickhouse/client'
import { closePostgres } from '@/db/postgres/client'
import { findAlertRule } from '@/db/postgres/queries/alert-rules'
import { type AccessFixture, type ActorName, mintAccess, newestAudit, outcomeOf } from '@/lib/members/access-fixture'
import { findRule, listRules } from '@/lib/rules/list-rules'
import { BLANK_RULE } from '@/lib/rules/ready-made'
import { ruleDefinition } from '@/lib/rules/rule-schema'
import { changeRule, createRule } from '@/lib/rules/save-rule'
import { archiveRule, switchRule } from '@/lib/rules/switch-rule'

const NOW = new Date('2026-11-21T12:00:00Z')
const RULE = ruleDefinition.parse({ ...BLANK_RULE, name: 'Daily spend' })
const { escalationPathId: _, ...CHANGE } = RULE

let access: AccessFixture
let slug = ''
let id = 0

beforeAll(async () => {
  access = await mintAccess()
  slug = access.slug
  id = await createRule(access.people.editor, slug, RULE, NOW)
})

afterAll(async () => {
  await Promise.all([closeClickHouse(), closePostgres()])
})

describe('who may', () => {
  const editors: Record<ActorName, string> = {
    stranger: 'not_found',
    viewer: 'forbidden',
    editor: 'ok',
    admin: 'ok',
    owner: 'ok',
    organizationAdmin: 'ok',
  }

  test.each(Object.entries(editors))('make, change and switch rules: %s: %s', async (name, expected) => {
    const person = Object.entries(access.people).find(([actor]) => actor === name)?.[1]
    if (!person) throw new Error('nobody')
    expect(await outcomeOf(() => createRule(person, slug, RULE, NOW))).toBe(expected)
    expect(await outcomeOf(() => changeRule(person, slug, id, { ...CHANGE, name: `By ${name}` }))).toBe(expected)
    expect(await outcomeOf(() => switchRule(person, slug, id, true, NOW))).toBe(expected)
    expect(await outcomeOf(() => findRule(person, slug, id))).toBe(expected)
    expect(await outcomeOf(() => listRules(person, slug, NOW))).toBe(name === 'viewer' ? 'ok' : expected)
  })

  test('a rule of another workspace is unknown, and so is an owner who is no member', async () => {
    const { stranger, editor } = access.people
    expect(await outcomeOf(() => changeRule(stranger, access.foreignSlug, id, CHANGE))).toBe('not_found')
    expect(await outcomeOf(() => archiveRule(stranger, access.foreignSlug, id, NOW))).toBe('not_found')
    expect(await outcomeOf(() => changeRule(editor, slug, id, { ...CHANGE, ownerId: stranger.id }))).toBe('not_found')
  })
})

test('what is done to a rule is in the audit log, and what changes its watch starts it anew', async () => {
  const { editor } = access.people
  const own = await createRule(editor, slug, RULE, NOW)
  expect((await newestAudit(access.workspaceId))[0]).toMatchObject({
    action: 'rule.created',
    targetId: String(own),
    after: expect.objectContaining({ threshold: '100' }),
  })
  expect(await changeRule(editor, slug, own, CHANGE)).toBe(false)
  expect(await changeRule(editor, slug, own, { ...CHANGE, severity: 'critical' })).toBe(true)
  expect((await findAlertRule(access.workspaceId, own))?.version).toBe(1)
  expect(await changeRule(editor, slug, own, { ...CHANGE, severity: 'critical', threshold: '50' })).toBe(true)
  expect((await findAlertRule(access.workspaceId, own))?.version).toBe(2)
  expect((await newestAudit(access.workspaceId))[0]).toMatchObject({
    action: 'rule.changed',
    actorName: editor.email,
    before: { threshold: '100' },
    after: { threshold: '50' },
  })
  await switchRule(editor, slug, own, false, NOW)
  expect((await listRules(editor, slug, NOW)).find((rule) => rule.id === own)).toMatchObject({
    standing: 'off',
    firings90Days: 0,
    lastEvaluatedAt: null,
  })
  await archiveRule(editor, slug, own, NOW)
  expect((await listRules(editor, slug, NOW)).some((rule) => rule.id === own)).toBe(false)
  expect((await newestAudit(access.workspaceId, 2)).map(({ action }) => action)).toEqual([
    'rule.archived',
    'rule.disabled',
  ])
})
