import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { closeClickHouse } from '@/db/clickhouse/client'
import { closePostgres } from '@/db/postgres/client'
import { findAlertRule } from '@/db/postgres/queries/alert-rules'
import { listPaths } from '@/lib/alerts/list-paths'
import { removePath, savePath } from '@/lib/alerts/manage-paths'
import { type AccessFixture, type ActorName, mintAccess, newestAudit, outcomeOf } from '@/lib/members/access-fixture'
import { findRule, listRules } from '@/lib/rules/list-rules'
import { BLANK_RULE } from '@/lib/rules/ready-made'
import { ruleForm, toRuleFields } from '@/lib/rules/rule-form'
import { ruleDefinition } from '@/lib/rules/rule-schema'
import { changeRule, createRule } from '@/lib/rules/save-rule'
import { archiveRule, switchRule } from '@/lib/rules/switch-rule'

const NOW = new Date('2026-11-21T12:00:00Z')
const RULE = ruleDefinition.parse({ ...BLANK_RULE, name: 'Daily spend' })

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
    expect(await outcomeOf(() => changeRule(person, slug, id, { ...RULE, name: `By ${name}` }))).toBe(expected)
    expect(await outcomeOf(() => switchRule(person, slug, id, true, NOW))).toBe(expected)
    expect(await outcomeOf(() => findRule(person, slug, id))).toBe(expected)
    expect(await outcomeOf(() => listRules(person, slug, NOW))).toBe(name === 'viewer' ? 'ok' : expected)
  })

  test('a rule of another workspace is unknown, and so is an owner who is no member', async () => {
    const { stranger, editor } = access.people
    expect(await outcomeOf(() => changeRule(stranger, access.foreignSlug, id, RULE))).toBe('not_found')
    expect(await outcomeOf(() => archiveRule(stranger, access.foreignSlug, id, NOW))).toBe('not_found')
    expect(await outcomeOf(() => changeRule(editor, slug, id, { ...RULE, ownerId: stranger.id }))).toBe('not_found')
  })
})

test('a rule names a path of its workspace, and keeps it when other things are changed', async () => {
  const { editor, owner } = access.people
  const step = { afterMinutes: 0, target: { kind: 'owner' as const }, repeatEveryMinutes: null }
  for (const name of ['Usual', 'Night']) {
    await savePath(owner, slug, { id: null, name, isDefault: name === 'Usual', steps: [step] })
  }
  const paths = await listPaths(editor, slug)
  expect(paths.map(({ name, isDefault }) => [name, isDefault])).toEqual([
    ['Usual', true],
    ['Night', false],
  ])
  const night = paths.at(1)?.id ?? 0
  const own = await createRule(editor, slug, { ...RULE, escalationPathId: night }, NOW)
  const stored = await findRule(editor, slug, own)
  expect(toRuleFields(stored.definition).escalationPathId).toBe(String(night))
  const fields = { ...toRuleFields(stored.definition), severity: 'critical' }
  expect(await changeRule(editor, slug, own, ruleForm.parse(fields))).toBe(true)
  expect(await findAlertRule(access.workspaceId, own)).toMatchObject({ escalationPathId: night, version: 1 })
  await removePath(owner, slug, night, NOW)
  expect(await outcomeOf(() => createRule(editor, slug, { ...RULE, escalationPathId: night }, NOW))).toBe('not_found')
  // What names it already can be changed, and takes the default.
  expect(await changeRule(editor, slug, own, ruleForm.parse({ ...fields, severity: 'info' }))).toBe(true)
  const unknown = { ...RULE, escalationPathId: 2_000_000_000 }
  expect(await outcomeOf(() => changeRule(editor, slug, own, unknown))).toBe('not_found')
})

test('what is done to a rule is in the audit log, and what changes its watch starts it anew', async () => {
  const { editor } = access.people
  const own = await createRule(editor, slug, RULE, NOW)
  expect((await newestAudit(access.workspaceId))[0]).toMatchObject({
    action: 'rule.created',
    targetId: String(own),
    after: expect.objectContaining({ threshold: '100' }),
  })
  expect(await changeRule(editor, slug, own, RULE)).toBe(false)
  expect(await changeRule(editor, slug, own, { ...RULE, severity: 'critical' })).toBe(true)
  expect((await findAlertRule(access.workspaceId, own))?.version).toBe(1)
  expect(await changeRule(editor, slug, own, { ...RULE, severity: 'critical', threshold: '50' })).toBe(true)
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
