import { randomBytes } from 'node:crypto'
import { eq, isNull } from 'drizzle-orm'
import { afterAll, beforeEach, expect, it } from 'vitest'
import { closeClickHouse } from '@/db/clickhouse/client'
import { closePostgres, postgres } from '@/db/postgres/client'
import { listEvaluations } from '@/db/postgres/queries/budgets'
import { budgets, workspaces } from '@/db/postgres/schema'
import { type AlertFacts, alertFacts } from '@/lib/alerts/alert-facts'
import type { AlertDraft, AlertSink } from '@/lib/alerts/alert-sink'
import { applyProvision } from '@/lib/auth/provision'
import { findWorkspaceAccess } from '@/lib/auth/workspace-access'
import { type BudgetInput, budgetInput } from '@/lib/budgets/budget-input'
import { evaluateBudgets } from '@/lib/budgets/evaluate-budgets'
import { findBudget } from '@/lib/budgets/list-budgets'
import { readBudgetPostures } from '@/lib/budgets/read-budget-postures'
import { readBudgetStatus, readPastPeriods } from '@/lib/budgets/read-budget-status'
import { readDrivers, topDrivers } from '@/lib/budgets/read-drivers'
import { archiveBudget, changeBudget, createBudget } from '@/lib/budgets/save-budget'
import { ingestEvents } from '@/lib/events/ingest'
import { type AccessFixture, mintAccess, newestAudit, outcomeOf } from '@/lib/members/access-fixture'
import { removeMember } from '@/lib/members/remove-member'
import { scopeForWorkspace } from '@/lib/metrics/scope'

/** The guarantee: what is spent is measured against its budget as the screens measure it, and told of once. */

let fixture: AccessFixture

// Every evaluation takes all budgets in force, those that other tests left included.
beforeEach(async () => {
  await postgres().update(budgets).set({ archivedAt: new Date() }).where(isNull(budgets.archivedAt))
  fixture = await mintAccess()
})

afterAll(async () => {
  await Promise.all([closeClickHouse(), closePostgres()])
})

/** An event of the workspace; 400,000 input tokens of gpt-4o cost 1 USD. */
async function send(timestamp: string, event: object = {}, workspaceId = fixture.workspaceId): Promise<void> {
  const result = await ingestEvents({
    workspace: { id: workspaceId },
    apiKeyId: 0,
    defaults: { environment: 'prod', dataMode: 'real' },
    events: [
      {
        externalRequestId: randomBytes(6).toString('hex'),
        provider: 'openai',
        model: 'gpt-4o',
        inputTokens: 400_000,
        outputTokens: 0,
        timestamp,
        ...event,
      },
    ],
    receivedAt: new Date(timestamp),
    mode: 'import',
  })
  expect(result.rejected).toEqual([])
}

const FORM = {
  name: 'Everything',
  period: 'month',
  amount: '10',
  owner: '',
  backup: '',
  spentPercents: '50, 80, 100',
  spentBasis: 'actualUpper',
  forecastPercents: '',
  guardMode: 'observe',
  degradeAtPercent: '',
  substituteModel: '',
  maxOutputTokens: '',
}
const input = (form: object = {}): BudgetInput => budgetInput.parse({ ...FORM, ...form })

const make = (form: object, at: string) => createBudget(fixture.people.editor, fixture.slug, input(form), new Date(at))

/** What the evaluations of one workspace said. */
function recorder(workspaceId = fixture.workspaceId) {
  const said: string[] = []
  const drafts: AlertDraft[] = []
  const updates: AlertFacts[] = []
  const short = (key: string) => key.replace(/^budget:\d+:/, '').replace(/:00:00\.000Z/, 'Z')
  const sink: AlertSink = {
    raise: async (draft) => {
      if (draft.workspaceId === workspaceId) {
        said.push(`raise ${short(draft.dedupKey)}`)
        drafts.push({ ...draft, facts: alertFacts.parse(draft.facts) })
      }
      return { id: 1, isNew: true }
    },
    update: async (id, _key, facts) => {
      if (id === workspaceId) updates.push(alertFacts.parse(facts))
    },
    resolve: async (id, key, reason) => {
      if (id === workspaceId) said.push(`resolve ${short(key)}: ${reason}`)
    },
  }
  const evaluate = async (at: string): Promise<string[]> => {
    said.length = 0
    await evaluateBudgets(new Date(at), sink)
    return [...said]
  }
  return { evaluate, drafts, updates }
}

async function scopeOf(slug = fixture.slug) {
  const access = await findWorkspaceAccess(fixture.people.owner.id, slug)
  if (!access) throw new Error('no access')
  return scopeForWorkspace(access.workspace)
}

async function budgetOf(id: number) {
  const found = await findBudget(fixture.workspaceId, id)
  if (!found) throw new Error('no budget')
  return found
}

it('tells of a crossed threshold once, with what crossed what and what drove it', async () => {
  await make({ name: 'Checkout', filters: [] }, '2026-11-02T00:00:00Z')
  const { evaluate, drafts } = recorder()
  await send('2026-11-02T10:00:00Z', { endpointTag: '/chat', userId: 'u1' })
  expect(await evaluate('2026-11-02T10:00:10Z')).toEqual([])
  for (let hour = 11; hour < 15; hour += 1)
    await send(`2026-11-02T${hour}:00:00Z`, { endpointTag: '/chat', userId: 'u1' })
  expect(await evaluate('2026-11-02T14:00:10Z')).toEqual(['raise 2026-11-01T00Z:actualUpper:50'])
  expect(await evaluate('2026-11-02T14:00:20Z')).toEqual([])
  await send('2026-11-02T15:00:00Z', { endpointTag: '/search' })
  expect(await evaluate('2026-11-02T15:00:10Z')).toEqual([])
  for (let minute = 10; minute < 16; minute += 1) await send(`2026-11-02T15:${minute}:00Z`)
  expect(await evaluate('2026-11-02T15:20:00Z')).toEqual(['raise 2026-11-01T00Z:actualUpper:100'])

  const [half, full] = drafts
  expect(half).toMatchObject({ severity: 'info', source: 'budget', ownerId: null, escalationPathId: null })
  expect(half?.facts).toMatchObject({
    title: 'Checkout: 50% of the budget spent',
    crossed: 'Spend $5.00 reached 50% ($5.00) of $10.00.',
    value: '5',
    threshold: '5',
    sharePercent: '50',
    since: '2026-11-02T14:00:10.000Z',
    windowStart: '2026-11-01T00:00:00.000Z',
    windowEnd: '2026-12-01T00:00:00.000Z',
    viewPath: `/w/${fixture.slug}/overview?range=2026-11-01..2026-12-01`,
    isRevision: false,
  })
  expect(half?.facts.drivers.map(({ label, value }) => [label, value])).toEqual([
    ['endpoint /chat', '$5.00'],
    ['user u1', '$5.00'],
    ['model gpt-4o', '$5.00'],
  ])
  expect(full).toMatchObject({ severity: 'critical', facts: { value: '12', sharePercent: '120' } })

  const [posture] = [...(await readBudgetPostures([fixture.workspaceId])).values()]
  expect(posture).toMatchObject({ budgets: 1, state: 'over', worst: { name: 'Checkout', shareUpper: '1.2' } })
})

it('is not disarmed by a model without a price: the upper bound crosses, and says both parts', async () => {
  const id = await make({}, '2026-11-02T00:00:00Z')
  const { evaluate, drafts } = recorder()
  await send('2026-11-02T10:00:00Z')
  // 3 M tokens at the one price that is known of this provider here: 7.50 USD.
  await send('2026-11-02T11:00:00Z', { model: 'mystery-9000', inputTokens: 3_000_000 })
  expect(await evaluate('2026-11-02T11:00:10Z')).toEqual(['raise 2026-11-01T00Z:actualUpper:80'])
  expect(drafts[0]?.facts).toMatchObject({
    value: '8.5',
    crossed: 'Spend $8.50 ($1.00 priced, and $7.50 to $7.50 for usage without a price) reached 80% ($8.00) of $10.00.',
  })
  const status = await readBudgetStatus(await budgetOf(id), await scopeOf(), new Date('2026-11-02T12:00:00Z'))
  expect(status).toMatchObject({
    spend: '1',
    imputed: { low: '7.5', high: '7.5' },
    spendUpper: '8.5',
    share: '0.1',
    shareUpper: '0.85',
    unpricedTokens: '3000000',
  })
})

it('imputes attempts that do not say their tokens by their endpoint, and foreign providers by the list', async () => {
  const id = await make({}, '2026-11-02T00:00:00Z')
  await send('2026-11-02T10:00:00Z', { endpointTag: '/chat' })
  await send('2026-11-02T11:00:00Z', { endpointTag: '/chat', inputTokens: undefined, outputTokens: undefined })
  const status = async () => readBudgetStatus(await budgetOf(id), await scopeOf(), new Date('2026-11-02T12:00:00Z'))
  expect(await status()).toMatchObject({ spend: '1', imputed: { low: '1', high: '1' }, unpricedTokens: '0' })
  await send('2026-11-02T11:30:00Z', { provider: 'nowhere', model: 'x', inputTokens: 1_000_000 })
  const { imputed } = await status()
  // The cheapest of the list are free; the dearest are not.
  expect(Number(imputed.low)).toBeGreaterThanOrEqual(1)
  expect(Number(imputed.high)).toBeGreaterThan(2)
})

it('counts what its filter names, in the default scope of the workspace', async () => {
  const id = await make(
    { filterDimension: ['endpoint'], filterTagKey: [''], filterOperator: ['in'], filterValues: ['/chat, /search'] },
    '2026-11-02T00:00:00Z',
  )
  await send('2026-11-02T10:00:00Z', { endpointTag: '/chat' })
  await send('2026-11-02T10:00:00Z', { endpointTag: '/search' })
  await send('2026-11-02T10:00:00Z', { endpointTag: '/other' })
  await send('2026-11-02T10:00:00Z', { endpointTag: '/chat', environment: 'dev' })
  const status = await readBudgetStatus(await budgetOf(id), await scopeOf(), new Date('2026-11-02T12:00:00Z'))
  expect(status.spend).toBe('2')
})

it('fires again after the amount was raised and reached again, not while it hovers', async () => {
  const id = await make({ spentPercents: '100' }, '2026-11-02T00:00:00Z')
  const { evaluate } = recorder()
  for (let hour = 0; hour < 10; hour += 1) await send(`2026-11-02T0${hour}:00:00Z`)
  expect(await evaluate('2026-11-02T10:00:00Z')).toEqual(['raise 2026-11-01T00Z:actualUpper:100'])
  const change = (amount: string, at: string) =>
    changeBudget(fixture.people.editor, fixture.slug, id, input({ spentPercents: '100', amount }), new Date(at))
  await change('10.2', '2026-11-02T10:01:00Z')
  expect(await evaluate('2026-11-02T10:01:10Z')).toEqual([])
  await change('12', '2026-11-02T10:02:00Z')
  expect(await evaluate('2026-11-02T10:02:10Z')).toEqual(['resolve 2026-11-01T00Z:actualUpper:100: Recovered.'])
  await send('2026-11-02T10:03:00Z', { inputTokens: 800_000 })
  expect(await evaluate('2026-11-02T10:03:10Z')).toEqual(['raise 2026-11-01T00Z:actualUpper:100:2'])
  await archiveBudget(fixture.people.editor, fixture.slug, id, true, new Date('2026-11-02T11:00:00Z'))
  expect(await evaluate('2026-11-02T11:00:10Z')).toEqual([
    'resolve 2026-11-01T00Z:actualUpper:100:2: The budget was archived.',
  ])
  expect(await evaluate('2026-11-02T11:00:20Z')).toEqual([])
})

it('closes a period after its end, and tells of late events once, as a revision', async () => {
  const id = await make({ period: 'day', spentPercents: '50' }, '2026-11-02T00:00:00Z')
  const { evaluate, drafts, updates } = recorder()
  for (let hour = 0; hour < 6; hour += 1) await send(`2026-11-02T0${hour}:00:00Z`)
  expect(await evaluate('2026-11-02T23:59:50Z')).toEqual(['raise 2026-11-02T00Z:actualUpper:50'])
  // Events of the last minutes still arrive: part of the day, not a revision.
  await send('2026-11-02T23:59:59.999Z')
  await send('2026-11-03T00:00:00Z')
  expect(await evaluate('2026-11-03T00:10:00Z')).toEqual([])
  expect(await evaluate('2026-11-03T01:00:00Z')).toEqual(['resolve 2026-11-02T00Z:actualUpper:50: The period is over.'])
  const [today, yesterday] = await listEvaluations(id, 10)
  expect(Number(today?.spend)).toBe(1)
  expect(yesterday).toMatchObject({ closedAt: new Date('2026-11-03T01:00:00Z'), revisedAt: null })
  expect(Number(yesterday?.closedSpend)).toBe(7)

  await send('2026-11-02T20:00:00Z')
  expect(await evaluate('2026-11-03T02:00:00Z')).toEqual(['raise 2026-11-02T00Z:revision:1'])
  expect(drafts.at(-1)?.facts).toMatchObject({ isRevision: true, value: '8', sharePercent: '80' })
  expect(drafts.at(-1)?.facts.crossed).toContain('was $7.00 when it closed and is $8.00 now')
  await send('2026-11-02T21:00:00Z')
  updates.length = 0
  expect(await evaluate('2026-11-03T03:00:00Z')).toEqual([])
  expect(updates.at(0)).toMatchObject({ isRevision: true, value: '9' })
  const revised = (await listEvaluations(id, 10)).at(1)
  expect([Number(revised?.spend), Number(revised?.closedSpend)]).toEqual([9, 7])

  // Nothing recovers from a revision: it ends by itself, once.
  expect(await evaluate('2026-11-04T01:59:00Z')).toEqual([])
  expect(await evaluate('2026-11-04T02:00:00Z')).toEqual([
    'resolve 2026-11-02T00Z:revision:1: It was told of a day ago.',
  ])
  expect(await evaluate('2026-11-04T03:00:00Z')).toEqual([])
})

it('leaves the periods of before when its kind of period is changed', async () => {
  const id = await make({ spentPercents: '100' }, '2026-11-02T00:00:00Z')
  const { evaluate } = recorder()
  for (let hour = 0; hour < 10; hour += 1) await send(`2026-11-02T0${hour}:00:00Z`)
  expect(await evaluate('2026-11-02T10:00:00Z')).toEqual(['raise 2026-11-01T00Z:actualUpper:100'])
  const quarter = input({ spentPercents: '100', period: 'quarter', amount: '15' })
  await changeBudget(fixture.people.editor, fixture.slug, id, quarter, new Date('2026-11-02T10:01:00Z'))
  expect(await evaluate('2026-11-02T10:01:10Z')).toEqual([
    'resolve 2026-11-01T00Z:actualUpper:100: The periods of the budget were changed.',
  ])
  // The end of the month is no end of a period any more.
  expect(await evaluate('2026-12-02T00:00:00Z')).toEqual([])
  const rows = await listEvaluations(id, 10)
  expect(rows.map(({ periodStart, periodEnd }) => [periodStart.toISOString(), periodEnd.toISOString()])).toEqual([
    ['2026-11-01T00:00:00.000Z', '2026-12-01T00:00:00.000Z'],
    ['2026-10-01T00:00:00.000Z', '2027-01-01T00:00:00.000Z'],
  ])
  // And back.
  await changeBudget(
    fixture.people.editor,
    fixture.slug,
    id,
    input({ spentPercents: '100' }),
    new Date('2026-12-02T00:01:00Z'),
  )
  await evaluate('2026-12-02T00:01:10Z')
  const [month] = await listEvaluations(id, 1)
  expect(month).toMatchObject({ periodStart: new Date('2026-12-01T00:00:00Z'), closedAt: null })
  const [posture] = [...(await readBudgetPostures([fixture.workspaceId])).values()]
  expect(posture).toMatchObject({ budgets: 1, state: 'on_track' })
})

it('is evaluated by one call at a time, also within a process', async () => {
  await make({ spentPercents: '100', amount: '1' }, '2026-11-02T00:00:00Z')
  await send('2026-11-02T10:00:00Z')
  const { evaluate, drafts } = recorder()
  await Promise.all([
    evaluate('2026-11-02T10:00:10Z'),
    evaluate('2026-11-02T10:00:10Z'),
    evaluate('2026-11-02T10:00:10Z'),
  ])
  expect(drafts).toHaveLength(1)
})

it('misses no period while nothing ran, and tells of each once', async () => {
  await make({ period: 'day', spentPercents: '100', amount: '1' }, '2026-11-02T00:00:00Z')
  const { evaluate } = recorder()
  expect(await evaluate('2026-11-02T12:00:00Z')).toEqual([])
  await send('2026-11-03T12:00:00Z')
  await send('2026-11-05T12:00:00Z')
  expect(await evaluate('2026-11-05T13:00:00Z')).toEqual([
    'raise 2026-11-03T00Z:actualUpper:100',
    'resolve 2026-11-03T00Z:actualUpper:100: The period is over.',
    'raise 2026-11-05T00Z:actualUpper:100',
  ])
  expect(await evaluate('2026-11-05T13:10:00Z')).toEqual([])
})

it('holds the days of every zone apart over clock changes', async () => {
  for (const [timeZone, before, after] of [
    // 24:00 of the day on which the clocks change.
    ['Pacific/Auckland', '2026-09-27T10:59:59.999Z', '2026-09-27T11:00:00.000Z'],
    ['America/Los_Angeles', '2026-11-02T07:59:59.999Z', '2026-11-02T08:00:00.000Z'],
    ['Asia/Kathmandu', '2026-10-31T18:14:59.999Z', '2026-10-31T18:15:00.000Z'],
  ] as const) {
    const slug = `z-${randomBytes(5).toString('hex')}`
    const { editor } = fixture.people
    await applyProvision({
      workspaces: [{ slug, name: slug, timeZone }],
      users: [{ email: editor.email, name: editor.name, roles: { [slug]: 'editor' } }],
    })
    const [workspace] = await postgres().select().from(workspaces).where(eq(workspaces.slug, slug))
    if (!workspace) throw new Error('no workspace')
    const { evaluate } = recorder(workspace.id)
    await createBudget(editor, slug, input({ period: 'day', amount: '1', spentPercents: '100' }), new Date(before))
    await send(before, {}, workspace.id)
    const first = await evaluate(before)
    expect(first).toHaveLength(1)
    expect(await evaluate(after)).toEqual([])
    await send(after, {}, workspace.id)
    const second = await evaluate(new Date(Date.parse(after) + 1_000).toISOString())
    expect(second).toHaveLength(1)
    expect(second[0]).toContain(after.slice(0, 13))
    expect(second[0]).not.toBe(first[0])
  }
}, 120_000)

it('rolls over what is left, and shows the periods before', async () => {
  const id = await make({ period: 'week', rollOver: 'on', spentPercents: '100' }, '2026-11-02T00:00:00Z')
  await send('2026-10-28T10:00:00Z')
  for (const day of ['03', '04', '05']) await send(`2026-11-${day}T10:00:00Z`)
  await send('2026-11-10T10:00:00Z')
  const now = new Date('2026-11-11T00:00:00Z')
  const status = await readBudgetStatus(await budgetOf(id), await scopeOf(), now)
  expect(status).toMatchObject({ rolledOver: '7', amount: '17', spend: '1' })
  const past = await readPastPeriods(await budgetOf(id), 3, await scopeOf(), now)
  expect(past.map(({ from, spend, amount }) => [from.toISOString().slice(0, 10), spend, amount])).toEqual([
    ['2026-11-02', '3', '10'],
    ['2026-10-26', '1', null],
    ['2026-10-19', '0', null],
  ])
})

it('forecasts from the days before, says when it breaks, and holds still while the data are silent', async () => {
  const id = await make({ spentPercents: '', forecastPercents: '100' }, '2026-11-02T00:00:00Z')
  const { evaluate } = recorder()
  for (let day = 2; day <= 6; day += 1) await send(`2026-11-0${day}T10:00:00Z`)
  expect(await evaluate('2026-11-06T12:00:00Z')).toEqual(['raise 2026-11-01T00Z:forecast:100'])
  const status = await readBudgetStatus(await budgetOf(id), await scopeOf(), new Date('2026-11-06T12:00:00Z'))
  // 5 spent, half of today and 24 days of 1.
  expect(status.forecast).toMatchObject({ expected: '29.5', method: 'average' })
  expect(status).toMatchObject({ daysToBreach: 5, dataState: 'ok', burnRate: '2.727272727272727273' })
  const silent = await readBudgetStatus(await budgetOf(id), await scopeOf(), new Date('2026-11-08T12:00:00Z'))
  expect(silent).toMatchObject({ dataState: 'silent', forecast: null })
  expect(await evaluate('2026-11-08T12:00:00Z')).toEqual([])
  expect((await listEvaluations(id, 1))[0]).toMatchObject({ dataState: 'silent', forecast: null })
})

it('says what moved against the like part of the period before', async () => {
  const id = await make({}, '2026-11-02T00:00:00Z')
  await send('2026-10-03T10:00:00Z', { endpointTag: '/chat', model: 'gpt-4o-mini' })
  await send('2026-10-20T10:00:00Z', { endpointTag: '/chat' })
  await send('2026-11-03T10:00:00Z', { endpointTag: '/chat', userId: 'u1' })
  await send('2026-11-03T10:00:00Z', { endpointTag: '/new', userId: 'u1', inputTokens: 800_000 })
  const budget = await budgetOf(id)
  const period = { from: new Date('2026-11-01T00:00:00Z'), to: new Date('2026-12-01T00:00:00Z') }
  const drivers = await readDrivers(budget, period, 5, await scopeOf(), new Date('2026-11-05T00:00:00Z'))
  expect(drivers.compared).toEqual({ from: '2026-10-01T00:00:00Z', to: '2026-10-05T00:00:00Z' })
  expect(drivers.byDimension.endpoint.map(({ name, change }) => [name, change])).toEqual([
    ['/new', '2'],
    ['/chat', '0.94'],
  ])
  expect(topDrivers(drivers, 3).map(({ dimension, name }) => [dimension, name])).toEqual([
    ['user', 'u1'],
    ['model', 'gpt-4o'],
    ['endpoint', '/new'],
  ])
  // Asked a moment before they were sent, as a turn does that takes a while.
  const before = await readDrivers(budget, period, 5, await scopeOf(), new Date('2026-11-03T09:59:59Z'))
  expect(before.byDimension.endpoint.map(({ name, spend }) => [name, spend])).toEqual([
    ['/new', '2'],
    ['/chat', '1'],
  ])
})

it('lets editors change budgets, nobody else, and says who did', async () => {
  const { viewer, editor, stranger } = fixture.people
  const now = new Date('2026-11-02T00:00:00Z')
  expect(await outcomeOf(() => createBudget(viewer, fixture.slug, input(), now))).toBe('forbidden')
  expect(await outcomeOf(() => createBudget(stranger, fixture.slug, input(), now))).toBe('not_found')
  const id = await createBudget(editor, fixture.slug, input(), now)
  expect(await changeBudget(editor, fixture.slug, id, input(), now)).toBe(false)
  expect(await changeBudget(editor, fixture.slug, id, input({ amount: '20', owner: viewer.id }), now)).toBe(true)
  expect(await newestAudit(fixture.workspaceId)).toMatchObject([
    { action: 'budget.changed', before: { amount: '10', ownerId: null }, after: { amount: '20', ownerId: viewer.id } },
  ])
  expect(await outcomeOf(() => changeBudget(editor, fixture.slug, id, input({ owner: stranger.id }), now))).toBe(
    'not_found',
  )
  expect(await outcomeOf(() => changeBudget(editor, fixture.slug, 999_999_999, input(), now))).toBe('not_found')
  expect(await outcomeOf(() => removeMember(fixture.people.admin, fixture.slug, viewer.id))).toBe('conflict')
  await archiveBudget(editor, fixture.slug, id, true, now)
  expect(await outcomeOf(() => changeBudget(editor, fixture.slug, id, input(), now))).toBe('conflict')
  expect(await newestAudit(fixture.workspaceId)).toMatchObject([{ action: 'budget.archived' }])
  const [row] = await postgres().select().from(budgets).where(eq(budgets.id, id))
  expect(row?.archivedAt).toEqual(now)
})
