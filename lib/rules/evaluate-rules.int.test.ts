import { randomUUID } from 'node:crypto'
import { eq } from 'drizzle-orm'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { closeClickHouse } from '@/db/clickhouse/client'
import { closePostgres, postgres } from '@/db/postgres/client'
import { listRuleStates } from '@/db/postgres/queries/alert-rules'
import { findWorkspace } from '@/db/postgres/queries/workspaces'
import { alertRuleFirings, alertRules } from '@/db/postgres/schema'
import { type AlertFacts, alertFacts } from '@/lib/alerts/alert-facts'
import type { AlertDraft, AlertSink } from '@/lib/alerts/alert-sink'
import { ingestEvents, setIngestPriceIndex } from '@/lib/events/ingest'
import { mintWorkspace } from '@/lib/events/ingest-fixture'
import { FIXTURE_PRICES } from '@/lib/metrics/ledger-fixture'
import { scopeForWorkspace } from '@/lib/metrics/scope'
import { createPriceIndex } from '@/lib/pricing/price-book'
import { backTestRule } from '@/lib/rules/back-test-rule'
import { evaluateRules } from '@/lib/rules/evaluate-rules'
import { BLANK_RULE } from '@/lib/rules/ready-made'
import { type RuleDefinitionInput, ruleDefinition } from '@/lib/rules/rule-schema'

afterAll(async () => {
  await Promise.all([closeClickHouse(), closePostgres()])
})

/** Nobody looks at the rules of the tests before. */
afterEach(async () => {
  await postgres().update(alertRules).set({ enabledAt: null })
  await postgres().update(alertRuleFirings).set({ resolvedAt: new Date() })
})

type Said =
  | { what: 'raise'; key: string; draft: AlertDraft }
  | { what: 'update'; key: string; facts: AlertFacts }
  | { what: 'resolve'; key: string; reason: string }

/** A workspace with one rule, a clock, and what was reported of it. */
async function watch(rule: Partial<RuleDefinitionInput>, start: string, timeZone = 'UTC') {
  const { workspaceId, keyId } = await mintWorkspace({ timeZone })
  const definition = ruleDefinition.parse({
    ...BLANK_RULE,
    name: 'Watched',
    minVolume: 0,
    hysteresisPercent: 0,
    ...rule,
  })
  const [row] = await postgres()
    .insert(alertRules)
    .values({ ...definition, workspaceId, enabledAt: new Date(start) })
    .returning()
  if (!row) throw new Error('no rule')
  const said: Said[] = []
  const sink: AlertSink = {
    raise: async (draft) => {
      if (draft.workspaceId === workspaceId) said.push({ what: 'raise', key: draft.dedupKey, draft })
      return { id: said.length, isNew: true }
    },
    update: async (id, key, facts) => {
      if (id === workspaceId) said.push({ what: 'update', key, facts })
    },
    resolve: async (id, key, reason) => {
      if (id === workspaceId) said.push({ what: 'resolve', key, reason })
    },
  }
  const workspace = await findWorkspace(workspaceId)
  if (!workspace) throw new Error('no workspace')
  return {
    row,
    workspace,
    definition,
    said,
    sink,
    /** What is reported at an instant, in short: `raise 1`. */
    async at(instant: string): Promise<string[]> {
      const before = said.length
      await evaluateRules(new Date(instant), sink)
      return said.slice(before).map(({ what, key }) => `${what} ${key.replace(`rule:${row.id}:`, '')}`)
    },
    async post(timestamp: string, event: Record<string, unknown> = {}, count = 1): Promise<void> {
      setIngestPriceIndex(createPriceIndex(FIXTURE_PRICES))
      try {
        const events = Array.from({ length: count }, () => ({
          externalRequestId: randomUUID(),
          provider: 'alpha',
          model: 'a1',
          endpointTag: '/chat',
          inputTokens: 1000,
          outputTokens: 0,
          status: 'success',
          timestamp,
          ...event,
        }))
        const result = await ingestEvents({
          workspace: { id: workspaceId },
          apiKeyId: keyId,
          defaults: { environment: 'prod', dataMode: 'real' },
          events,
          receivedAt: new Date('2026-11-20T00:00:00Z'),
          mode: 'import',
        })
        expect(result.accepted).toBe(count)
      } finally {
        setIngestPriceIndex(null)
      }
    },
    states: () => listRuleStates([row.id]),
  }
}

const factsOf = (said: readonly Said[], index = 0): AlertFacts => {
  const raised = said.filter((each) => each.what === 'raise')[index]
  if (raised?.what !== 'raise') throw new Error('nothing was raised')
  return alertFacts.parse(raised.draft.facts)
}

describe('a fixed threshold', () => {
  test('fires once as soon as a sum is beyond, says what and why, ends after a quiet window, and fires again', async () => {
    const rule = await watch({ measure: 'spend', window: 'hour', threshold: '2.5' }, '2026-10-05T10:00:00Z')
    await rule.post('2026-10-05T10:05:00Z', {}, 2)
    expect(await rule.at('2026-10-05T10:10:00Z')).toEqual([])
    await rule.post('2026-10-05T10:20:00Z', { endpointTag: '/search' })
    expect(await rule.at('2026-10-05T10:20:30Z')).toEqual(['raise :1'])
    expect(factsOf(rule.said)).toMatchObject({
      title: 'Watched',
      crossed: 'Spend $3.00 is above $2.50',
      value: '3',
      threshold: '2.5',
      unit: 'USD',
      sharePercent: '120',
      since: '2026-10-05T10:20:30.000Z',
      drivers: [
        { label: '/chat', value: '$2.00', change: 'new' },
        { label: '/search', value: '$1.00', change: 'new' },
      ],
      viewPath: `/w/${rule.workspace.slug}/overview?range=2026-10-05..2026-10-06&grain=hour`,
      windowStart: '2026-10-05T10:00:00.000Z',
      windowEnd: '2026-10-05T11:00:00.000Z',
      isRevision: false,
    })
    expect(await rule.at('2026-10-05T10:20:40Z')).toEqual([])
    expect(await rule.at('2026-10-05T10:21:30Z')).toEqual([])
    await rule.post('2026-10-05T10:22:00Z')
    expect(await rule.at('2026-10-05T10:22:30Z')).toEqual(['update :1'])
    expect(await rule.at('2026-10-05T11:01:00Z')).toEqual([])
    await rule.post('2026-10-05T11:05:00Z')
    expect(await rule.at('2026-10-05T11:59:00Z')).toEqual([])
    expect(await rule.at('2026-10-05T12:00:00Z')).toEqual(['resolve :1'])
    await rule.post('2026-10-05T12:30:00Z', {}, 3)
    expect(await rule.at('2026-10-05T12:30:30Z')).toEqual(['raise :2'])
  })

  test('of a quotient is pending for its minutes, within volume, and recovers beyond its hysteresis', async () => {
    const rule = await watch(
      { measure: 'errorRatio', threshold: '0.2', window: 'hour', forMinutes: 5, minVolume: 4, hysteresisPercent: 50 },
      '2026-10-05T10:00:00Z',
    )
    await rule.post('2026-10-05T10:01:00Z', { status: 'error' }, 2)
    expect(await rule.at('2026-10-05T10:02:00Z')).toEqual([])
    expect((await rule.states())[0]).toMatchObject({ phase: 'normal', reading: 'lowVolume' })
    await rule.post('2026-10-05T10:03:00Z', {}, 2)
    expect(await rule.at('2026-10-05T10:04:00Z')).toEqual([])
    expect((await rule.states())[0]).toMatchObject({ phase: 'pending', value: '0.5', bound: '0.2' })
    expect(await rule.at('2026-10-05T10:08:59Z')).toEqual([])
    expect(await rule.at('2026-10-05T10:09:20Z')).toEqual(['raise :1'])
    await rule.post('2026-10-05T10:12:00Z', {}, 8)
    expect(await rule.at('2026-10-05T10:13:00Z')).toEqual(['update :1'])
    await rule.post('2026-10-05T10:14:00Z', {}, 8)
    expect(await rule.at('2026-10-05T10:15:00Z')).toEqual(['resolve :1'])
  })

  test('of a share is an alert for each user, who is named to people and kept as a hash', async () => {
    const rule = await watch(
      { measure: 'topNShare', groupBy: 'user', window: 'day', threshold: '0.5' },
      '2026-10-05T00:00:00Z',
    )
    await rule.post('2026-10-05T10:00:00Z', { userId: 'tenant-a' }, 3)
    await rule.post('2026-10-05T10:00:00Z', { userId: 'tenant-b' }, 1)
    await rule.post('2026-10-04T10:00:00Z', { userId: 'tenant-b' }, 9)
    const said = await rule.at('2026-10-05T10:01:00Z')
    expect(said).toHaveLength(1)
    expect(said[0]).toMatch(/^raise #[0-9a-f]{16}:1$/)
    expect(factsOf(rule.said)).toMatchObject({ title: 'Watched: tenant-a', value: '0.75', unit: 'ratio' })
    expect(JSON.stringify(await rule.states())).not.toContain('tenant')
    await rule.post('2026-10-05T11:00:00Z', { userId: 'tenant-b' }, 3)
    expect((await rule.at('2026-10-05T11:01:00Z')).map((each) => each.split(' ')[0]).sort()).toEqual([
      'raise',
      'resolve',
    ])
    expect(rule.said.at(-2)?.key === rule.said[0]?.key || rule.said.at(-1)?.key === rule.said[0]?.key).toBe(true)
    expect(factsOf(rule.said, 1)).toMatchObject({ title: 'Watched: tenant-b' })
  })

  test('goes by days of the zone over a change of its clock', async () => {
    // The day of 27 September 2026 in Auckland has 23 hours: 26 Sep 12:00Z to 27 Sep 11:00Z.
    const rule = await watch(
      { measure: 'spend', window: 'day', threshold: '1.5' },
      '2026-09-26T12:00:00Z',
      'Pacific/Auckland',
    )
    await rule.post('2026-09-27T10:59:00Z')
    await rule.post('2026-09-27T11:00:00Z')
    expect(await rule.at('2026-09-27T11:05:00Z')).toEqual([])
    await rule.post('2026-09-27T12:00:00Z')
    expect(await rule.at('2026-09-27T12:01:00Z')).toEqual(['raise :1'])
    expect(factsOf(rule.said)).toMatchObject({
      windowStart: '2026-09-27T11:00:00.000Z',
      windowEnd: '2026-09-28T11:00:00.000Z',
      scope: expect.stringContaining('28 Sep 2026'),
      viewPath: expect.stringContaining('range=2026-09-28..2026-09-29'),
    })
  })
})

describe('a change', () => {
  test('against the window before is cut at the same point, fires once, ends and fires again', async () => {
    const rule = await watch(
      { kind: 'change', comparison: 'previous', measure: 'requests', window: 'day', threshold: '0.5', minVolume: 2 },
      '2026-10-05T00:00:00Z',
      'Asia/Kathmandu',
    )
    // Days begin at 18:15Z.
    await rule.post('2026-10-04T19:00:00Z', {}, 4)
    await rule.post('2026-10-05T12:00:00Z', {}, 40)
    await rule.post('2026-10-05T19:00:00Z', {}, 6)
    expect(await rule.at('2026-10-05T20:00:00Z')).toEqual([])
    await rule.post('2026-10-05T19:30:00Z')
    expect(await rule.at('2026-10-05T20:01:00Z')).toEqual(['raise :1'])
    expect(factsOf(rule.said)).toMatchObject({
      crossed: 'Requests 7 is +75.0% against 4 of the day before, beyond +50%',
      value: '7',
      threshold: '6',
    })
    expect(await rule.at('2026-10-06T13:00:00Z')).toEqual(['resolve :1'])
    await rule.post('2026-10-06T13:10:00Z', {}, 70)
    expect(await rule.at('2026-10-06T13:11:00Z')).toEqual(['raise :2'])
  })

  test('against the same weekday last week takes its hours on the wall clock', async () => {
    const rule = await watch(
      {
        kind: 'change',
        comparison: 'sameLastWeek',
        measure: 'outputTokensPerRequest',
        window: 'day',
        threshold: '0.2',
      },
      '2026-11-02T08:00:00Z',
      'America/Los_Angeles',
    )
    // Monday 26 October begins at 07:00Z, Monday 2 November, after the change, at 08:00Z.
    await rule.post('2026-10-26T06:59:00Z', { outputTokens: 1000 }, 3)
    await rule.post('2026-10-26T07:00:00Z', { outputTokens: 100 }, 3)
    await rule.post('2026-11-02T08:00:00Z', { outputTokens: 121 }, 2)
    expect(await rule.at('2026-11-02T08:30:00Z')).toEqual(['raise :1'])
    expect(factsOf(rule.said)).toMatchObject({ value: '121', threshold: '120' })
  })

  test('after a new prompt version compares it with the week before it, for its endpoint', async () => {
    const rule = await watch(
      {
        kind: 'change',
        comparison: 'beforeVersion',
        measure: 'costPerRequest',
        groupBy: 'endpoint',
        window: 'day',
        threshold: '0.15',
        minVolume: 3,
      },
      '2026-10-01T00:00:00Z',
    )
    await rule.post('2026-10-02T10:00:00Z', { promptVersion: 'v1' }, 5)
    await rule.post('2026-10-02T10:00:00Z', { endpointTag: '/other', promptVersion: 'x1' }, 5)
    await rule.post('2026-10-05T10:00:00Z', { promptVersion: 'v2', inputTokens: 1200 }, 2)
    await rule.post('2026-10-05T10:00:00Z', { endpointTag: '/other', promptVersion: 'x2', inputTokens: 1100 }, 5)
    expect(await rule.at('2026-10-05T10:01:00Z')).toEqual([])
    await rule.post('2026-10-05T10:02:00Z', { promptVersion: 'v2', inputTokens: 1200 }, 2)
    expect(await rule.at('2026-10-05T10:03:00Z')).toEqual(['raise ["/chat","v2"]:1'])
    expect(factsOf(rule.said)).toMatchObject({
      title: 'Watched: v2 of /chat',
      crossed: 'Cost per request $1.20 is +20.0% against $1.00 of the week before it, beyond +15%',
    })
    await rule.post('2026-10-06T10:02:00Z', { promptVersion: 'v2', inputTokens: 900 }, 10)
    expect(await rule.at('2026-10-06T10:03:00Z')).toEqual(['resolve ["/chat","v2"]:1'])
    const test = await backTestRule(
      rule.definition,
      rule.workspace,
      await scopeForWorkspace(await scopeSettings(rule.workspace.id)),
      new Date('2026-10-20T00:00:00Z'),
    )
    expect([test.groups, test.count]).toEqual([2, 0])
  })
})

async function scopeSettings(id: number) {
  const workspace = await findWorkspace(id)
  if (!workspace) throw new Error('no workspace')
  return workspace
}

describe('an anomaly', () => {
  test('is found against weeks of the same hours, live as in the back-test, and ends', async () => {
    const rule = await watch(
      { kind: 'anomaly', measure: 'spend', window: 'hour', threshold: '4', minVolume: 1 },
      '2026-10-15T00:00:00Z',
    )
    for (let day = 0; day < 16; day += 1) {
      for (const hour of [9, 10, 11]) {
        const timestamp = new Date(Date.UTC(2026, 9, 1 + day, hour, 5)).toISOString()
        if (day < 15 || hour < 11) await rule.post(timestamp, { inputTokens: 1000 + ((day * 7 + hour) % 5) * 40 }, 5)
      }
    }
    expect(await rule.at('2026-10-16T11:10:00Z')).toEqual([])
    await rule.post('2026-10-16T11:20:00Z', {}, 40)
    expect(await rule.at('2026-10-16T11:20:30Z')).toEqual(['raise :1'])
    const facts = factsOf(rule.said)
    expect(facts.crossed).toMatch(/^Spend \$40\.00 is above the usual \$5\.\d\d \(at most \$\d+\.\d\d\)$/)
    await rule.post('2026-10-16T12:20:00Z', { inputTokens: 1 }, 1)
    expect(await rule.at('2026-10-16T13:01:00Z')).toEqual(['resolve :1'])
    const tested = await backTestRule(
      rule.definition,
      rule.workspace,
      await scopeForWorkspace(rule.workspace),
      new Date('2026-10-17T12:00:00Z'),
    )
    expect(tested.firings.map(({ windowStart }) => windowStart)).toEqual(['2026-10-16T11:00:00Z'])
    expect(tested.sensitivities.map(({ threshold }) => threshold)).toEqual(['3', '4', '5', '6', '8'])
    expect(tested.preview).toMatchObject({ value: '40' })
  })
})

describe('no data and late data', () => {
  test('no attempts fire where the rule says so, and their return ends it', async () => {
    const rule = await watch(
      { measure: 'spend', window: 'hour', threshold: '1000', noData: 'alert' },
      '2026-10-05T08:00:00Z',
    )
    await rule.post('2026-10-05T09:30:00Z')
    expect(await rule.at('2026-10-05T10:30:00Z')).toEqual([])
    expect(await rule.at('2026-10-05T11:00:30Z')).toEqual(['raise :1'])
    expect(factsOf(rule.said)).toMatchObject({
      value: null,
      threshold: null,
      crossed: 'No attempts since 5 Oct 2026, 11:00: spend cannot be told',
    })
    await rule.post('2026-10-05T11:10:00Z')
    expect(await rule.at('2026-10-05T11:11:00Z')).toEqual(['resolve :1'])
  })

  test('without attempts a rule stands at no data, and what fires ends', async () => {
    const rule = await watch({ measure: 'spend', window: 'hour', threshold: '0.5' }, '2026-10-05T10:00:00Z')
    expect(await rule.at('2026-10-05T10:10:00Z')).toEqual([])
    expect((await rule.states())[0]).toMatchObject({ phase: 'normal', reading: 'noData' })
    await rule.post('2026-10-05T10:11:00Z')
    expect(await rule.at('2026-10-05T10:12:00Z')).toEqual(['raise :1'])
    expect(await rule.at('2026-10-05T12:00:30Z')).toEqual(['resolve :1'])
  })

  test('late events that move a window that was over are told once, as a revision, which ends a day later', async () => {
    const rule = await watch({ measure: 'spend', window: 'hour', threshold: '2.5' }, '2026-10-05T08:00:00Z')
    await rule.post('2026-10-05T09:30:00Z', {}, 2)
    await rule.post('2026-10-05T10:10:00Z')
    expect(await rule.at('2026-10-05T10:30:00Z')).toEqual([])
    await rule.post('2026-10-05T09:40:00Z')
    expect(await rule.at('2026-10-05T10:31:00Z')).toEqual(['raise :revision:2026-10-05T09:00:00.000Z'])
    expect(factsOf(rule.said)).toMatchObject({
      title: 'Watched (revised by late events)',
      value: '3',
      isRevision: true,
      windowStart: '2026-10-05T09:00:00.000Z',
    })
    await rule.post('2026-10-05T09:50:00Z')
    expect(await rule.at('2026-10-05T10:32:00Z')).toEqual([])
    expect((await rule.states())[0]?.lateWindowStart).toEqual(new Date('2026-10-05T09:00:00Z'))
    expect(await rule.at('2026-10-06T10:32:00Z')).toEqual(['resolve :revision:2026-10-05T09:00:00.000Z'])
  })

  test('a window that ended beyond the threshold between two looks is told', async () => {
    const rule = await watch({ measure: 'spend', window: 'hour', threshold: '2.5' }, '2026-10-05T08:00:00Z')
    expect(await rule.at('2026-10-05T10:30:00Z')).toEqual([])
    await rule.post('2026-10-05T10:59:50Z', {}, 3)
    expect(await rule.at('2026-10-05T11:00:10Z')).toEqual(['raise :window:2026-10-05T10:00:00.000Z'])
    expect(await rule.at('2026-10-05T11:01:00Z')).toEqual([])
  })
})

describe('evaluation', () => {
  test('by several at once reports once', async () => {
    const rule = await watch({ measure: 'spend', window: 'hour', threshold: '0.5' }, '2026-10-05T10:00:00Z')
    await rule.post('2026-10-05T10:11:00Z')
    const now = new Date('2026-10-05T10:12:00Z')
    await Promise.all(Array.from({ length: 6 }, () => evaluateRules(now, rule.sink)))
    expect(rule.said.map(({ what }) => what)).toEqual(['raise'])
  })

  test('starts again where a report was cut off: the same key', async () => {
    const rule = await watch({ measure: 'spend', window: 'hour', threshold: '0.5' }, '2026-10-05T10:00:00Z')
    await rule.post('2026-10-05T10:11:00Z')
    const cut: AlertSink = {
      ...rule.sink,
      raise: async (draft, now) => {
        await rule.sink.raise(draft, now)
        if (draft.workspaceId === rule.workspace.id) throw new Error('cut off')
        return { id: 0, isNew: true }
      },
    }
    await evaluateRules(new Date('2026-10-05T10:12:00Z'), cut)
    expect(await rule.at('2026-10-05T10:12:30Z')).toEqual(['raise :1'])
    expect(rule.said.map(({ key }) => key)).toEqual([`rule:${rule.row.id}::1`, `rule:${rule.row.id}::1`])
  })

  test('of a rule that was switched off ends what it has firing', async () => {
    const rule = await watch({ measure: 'spend', window: 'hour', threshold: '0.5' }, '2026-10-05T10:00:00Z')
    await rule.post('2026-10-05T10:11:00Z')
    expect(await rule.at('2026-10-05T10:12:00Z')).toEqual(['raise :1'])
    await postgres().update(alertRules).set({ enabledAt: null }).where(eq(alertRules.id, rule.row.id))
    expect(await rule.at('2026-10-05T10:13:00Z')).toEqual(['resolve :1'])
    expect(await rule.at('2026-10-05T10:14:00Z')).toEqual([])
  })

  test('of a rule that cannot be read says so, and others are looked at', async () => {
    const rule = await watch({ measure: 'spend', window: 'hour', threshold: '0.5' }, '2026-10-05T10:00:00Z')
    const other = await watch({ measure: 'spend', window: 'hour', threshold: '0.5' }, '2026-10-05T10:00:00Z')
    await postgres().update(alertRules).set({ measure: 'gone' }).where(eq(alertRules.id, rule.row.id))
    await other.post('2026-10-05T10:11:00Z')
    expect(await other.at('2026-10-05T10:12:00Z')).toEqual(['raise :1'])
    const [stored] = await postgres().select().from(alertRules).where(eq(alertRules.id, rule.row.id))
    expect(stored?.lastError).toBe('This rule cannot be read any more. Open it, check its fields and save it.')
  })
})
