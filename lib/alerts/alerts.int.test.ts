import { eq } from 'drizzle-orm'
import { beforeEach, describe, expect, it } from 'vitest'
import { postgres } from '@/db/postgres/client'
import { insertSilence, insertStandIn, replaceQuietTime } from '@/db/postgres/queries/quiet-settings'
import { users } from '@/db/postgres/schema'
import { inTransaction } from '@/db/postgres/transaction'
import { actorOf } from '@/lib/auth/person'
import { type AccessFixture, mintAccess, newestAudit, outcomeOf } from '@/lib/members/access-fixture'
import { appointOwners } from '@/lib/workspaces/appoint-owners'
import { addPath, draftOf, FACTS, readAlert, readMessages, readTimeline } from './alert-fixture'
import { acknowledgeAlert, resolveAlertByHand, snoozeAlert } from './answer-alert'
import { deliverDueMessages } from './deliver'
import { escalateDueAlerts } from './escalate'
import { raiseAlert, resolveAlert, updateAlert } from './raise-alert'

const START = new Date('2026-11-02T12:00:00Z')
const minute = (minutes: number) => new Date(START.getTime() + minutes * 60_000)
const send = async () => 'ok'

let access: AccessFixture
beforeEach(async () => {
  access = await mintAccess()
  const { people, slug } = access
  await appointOwners(people.owner, slug, { budgetOwnerId: people.editor.id, backupOwnerId: people.viewer.id })
  await addPath(access.workspaceId, [
    { afterMinutes: 0, target: { kind: 'owner' }, repeatEveryMinutes: 10 },
    { afterMinutes: 15, target: { kind: 'backup' }, repeatEveryMinutes: null },
    { afterMinutes: 30, target: { kind: 'role', role: 'admin' }, repeatEveryMinutes: null },
  ])
})

const turn = async (now: Date) => {
  await escalateDueAlerts(now)
  await deliverDueMessages('test', now, { send })
}
const told = async (id: number) => {
  const names = new Map(Object.entries(access.people).map(([name, { id: userId }]) => [userId, name]))
  return (await readMessages(id)).map(({ userId, kind, state }) => `${kind} ${names.get(userId ?? '')} ${state}`)
}
const answerOf = (alertId: number) => ({
  workspaceId: access.workspaceId,
  alertId,
  actor: actorOf(access.people.viewer),
  by: 'viewer',
})

describe('raise', () => {
  it('opens one alert per key however many call, with the message of the first step', async () => {
    const draft = draftOf(access.workspaceId)
    const raised = await Promise.all(Array.from({ length: 8 }, () => raiseAlert(draft, START)))
    expect(new Set(raised.map(({ id }) => id)).size).toBe(1)
    expect(raised.filter(({ isNew }) => isNew)).toHaveLength(1)
    const [first] = raised
    expect(await told(first?.id ?? 0)).toEqual(['fired editor pending'])
    expect(await readTimeline(first?.id ?? 0)).toEqual(['fired', 'step'])
  })

  it('says anew what it says, and notes evaluations now and then', async () => {
    const draft = draftOf(access.workspaceId)
    const { id } = await raiseAlert(draft, START)
    for (const minutes of [1, 2, 20]) {
      await updateAlert(access.workspaceId, draft.dedupKey, { ...FACTS, crossed: `at ${minutes}` }, minute(minutes))
    }
    expect((await readAlert(id)).facts).toMatchObject({ crossed: 'at 20' })
    expect(await readTimeline(id)).toEqual(['fired', 'step', 'evaluated', 'evaluated'])
    expect(await told(id)).toHaveLength(1)
  })
})

describe('escalation', () => {
  it('goes on step by step until somebody acknowledges, then stops', async () => {
    const { id } = await raiseAlert(draftOf(access.workspaceId), START)
    await turn(START)
    await turn(minute(9))
    expect(await told(id)).toEqual(['fired editor sent'])
    await turn(minute(10))
    await turn(minute(15))
    expect(await told(id)).toEqual(['fired editor sent', 'fired editor sent', 'fired viewer sent'])
    const answered = await acknowledgeAlert({ ...answerOf(id), way: 'inbox' }, minute(16))
    expect(answered).toEqual({ state: 'acknowledged', hasChanged: true })
    await turn(minute(600))
    expect(await told(id)).toHaveLength(3)
    expect(await readAlert(id)).toMatchObject({ state: 'acknowledged', acknowledgedBy: 'viewer', dueAt: null })
    expect(await acknowledgeAlert({ ...answerOf(id), way: 'api' }, minute(17))).toMatchObject({ hasChanged: false })
    const [entry] = await newestAudit(access.workspaceId)
    expect(entry).toMatchObject({ action: 'alert.acknowledged', after: { state: 'acknowledged' } })
  })

  it('takes back what waits when it is acknowledged before it was sent', async () => {
    const { id } = await raiseAlert(draftOf(access.workspaceId), START)
    await acknowledgeAlert({ ...answerOf(id), way: 'link' }, START)
    await turn(minute(1))
    expect(await told(id)).toEqual(['fired editor canceled'])
  })

  it('tells those who were told that it is over, once, and never fires again under its key', async () => {
    const draft = draftOf(access.workspaceId)
    const { id } = await raiseAlert(draft, START)
    await turn(START)
    await resolveAlert(access.workspaceId, draft.dedupKey, 'back under 75 %', minute(5))
    await resolveAlert(access.workspaceId, draft.dedupKey, 'again', minute(6))
    await turn(minute(100))
    expect(await told(id)).toEqual(['fired editor sent', 'resolved editor sent'])
    expect(await raiseAlert(draft, minute(101))).toEqual({ id, isNew: false })
    expect(await readAlert(id)).toMatchObject({ state: 'resolved', resolvedReason: 'back under 75 %' })
  })

  it('is put aside and begins its path anew when that ends', async () => {
    const { id } = await raiseAlert(draftOf(access.workspaceId), START)
    await turn(START)
    await snoozeAlert({ ...answerOf(id), until: minute(60) }, minute(1))
    await turn(minute(59))
    expect(await readAlert(id)).toMatchObject({ state: 'snoozed' })
    await turn(minute(60))
    await turn(minute(75))
    expect(await readAlert(id)).toMatchObject({ state: 'firing', round: 2 })
    expect(await told(id)).toEqual(['fired editor sent', 'fired editor sent', 'fired editor sent', 'fired viewer sent'])
    await expect(outcomeOf(() => snoozeAlert({ ...answerOf(id), until: minute(60) }, minute(61)))).resolves.toBe(
      'conflict',
    )
    await resolveAlertByHand(answerOf(id), minute(80))
    await expect(outcomeOf(() => snoozeAlert({ ...answerOf(id), until: minute(90) }, minute(81)))).resolves.toBe(
      'conflict',
    )
  })

  it('goes to the next step at once when a step leads to nobody, and says when there is none', async () => {
    await appointOwners(access.people.owner, access.slug, { budgetOwnerId: null, backupOwnerId: null })
    const { id } = await raiseAlert(draftOf(access.workspaceId), START)
    expect(await told(id)).toEqual(['fired admin pending'])
    expect(await readTimeline(id)).toEqual(['fired', 'nobody', 'nobody', 'step'])
  })

  it('tells the next step when a message is given up', async () => {
    const { id } = await raiseAlert(draftOf(access.workspaceId), START)
    const fail = async () => Promise.reject(new Error('unreachable'))
    let now = START
    for (let attempt = 1; attempt <= 6; attempt += 1) {
      await deliverDueMessages('test', now, { send: fail, random: () => 1 })
      now = new Date(now.getTime() + 300_000)
    }
    expect(await told(id)).toEqual(['fired editor dead', 'fired editor pending', 'fired viewer pending'])
    const failed = Array.from({ length: 6 }, () => 'failed')
    expect(await readTimeline(id)).toEqual(['fired', 'step', ...failed, 'dead', 'step', 'step'])
  })

  it('sends to whoever stands in', async () => {
    const { editor, second } = access.people
    await inTransaction((tx) =>
      insertStandIn(tx, {
        workspaceId: access.workspaceId,
        userId: editor.id,
        standInId: second.id,
        startsAt: START,
        endsAt: minute(5),
      }),
    )
    const { id } = await raiseAlert(draftOf(access.workspaceId), START)
    await turn(minute(10))
    expect(await told(id)).toEqual(['fired second sent', 'fired editor sent'])
  })

  it('falls back to the owner of the workspace, and to who is away, where the one to tell cannot sign in', async () => {
    const { second, editor } = access.people
    await postgres().update(users).set({ disabledAt: START }).where(eq(users.id, second.id))
    await inTransaction((tx) =>
      insertStandIn(tx, {
        workspaceId: access.workspaceId,
        userId: editor.id,
        standInId: second.id,
        startsAt: START,
        endsAt: minute(5),
      }),
    )
    const { id } = await raiseAlert(draftOf(access.workspaceId, { ownerId: second.id }), START)
    expect(await told(id)).toEqual(['fired editor pending'])
    const [message] = await readMessages(id)
    expect(message?.payload).toMatchObject({ ownerName: editor.name })
  })

  it('does not reach another workspace', async () => {
    const { id } = await raiseAlert(draftOf(access.workspaceId), START)
    const other = await mintAccess()
    const answer = { ...answerOf(id), workspaceId: other.workspaceId, way: 'api' as const }
    await expect(outcomeOf(() => acknowledgeAlert(answer, START))).resolves.toBe('not_found')
  })
})

describe('quiet time', () => {
  const quietNights = () =>
    inTransaction((tx) =>
      replaceQuietTime(
        tx,
        { workspaceId: access.workspaceId, fromTime: '22:00', toTime: '07:00', criticalPasses: true },
        [{ day: '2026-12-25', name: 'Christmas' }],
      ),
    )

  it('waits for the morning, also over a holiday, and gives the owner their time then', async () => {
    await quietNights()
    const { id } = await raiseAlert(draftOf(access.workspaceId), new Date('2026-12-24T23:00:00Z'))
    await turn(new Date('2026-12-25T12:00:00Z'))
    expect(await told(id)).toEqual([])
    await turn(new Date('2026-12-26T07:00:00Z'))
    expect(await told(id)).toEqual(['fired editor sent'])
    await turn(new Date('2026-12-26T07:15:00Z'))
    expect(await told(id)).toEqual(['fired editor sent', 'fired editor sent', 'fired viewer sent'])
  })

  it('lets critical alerts through', async () => {
    await quietNights()
    const { id } = await raiseAlert(
      draftOf(access.workspaceId, { severity: 'critical' }),
      new Date('2026-11-02T23:00:00Z'),
    )
    expect(await told(id)).toEqual(['fired editor pending'])
  })

  it('keeps a silence until it expires, with the alert in sight', async () => {
    await inTransaction((tx) =>
      insertSilence(tx, {
        workspaceId: access.workspaceId,
        source: 'budget',
        reason: 'load test',
        createdBy: 'Ada',
        startsAt: minute(-10),
        endsAt: minute(60),
      }),
    )
    const budget = await raiseAlert(draftOf(access.workspaceId), START)
    const rule = await raiseAlert(draftOf(access.workspaceId, { source: 'rule' }), START)
    await turn(minute(59))
    expect(await told(budget.id)).toEqual([])
    expect((await told(rule.id))[0]).toBe('fired editor sent')
    expect(await readAlert(budget.id)).toMatchObject({ state: 'firing', dueAt: minute(60) })
    await turn(minute(60))
    expect(await told(budget.id)).toEqual(['fired editor sent'])
  })
})
