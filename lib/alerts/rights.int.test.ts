import { describe, expect, it } from 'vitest'
import type { Person } from '@/lib/auth/person'
import { ACTORS, type AccessFixture, mintAccess, outcomeOf } from '@/lib/members/access-fixture'
import { draftOf } from './alert-fixture'
import { parseAlertSearch } from './alert-search'
import { acknowledgeAsPerson, resolveAsPerson, snoozeAsPerson } from './answer-as-person'
import { listAlerts, readAlert } from './list-alerts'
import { addChannel } from './manage-channels'
import { savePath } from './manage-paths'
import { addSilence, addStandIn, saveQuietTime } from './manage-quiet-time'
import { raiseAlert } from './raise-alert'
import { readAlerting } from './read-alerting'
import { runDrill } from './run-drill'

const NOW = new Date('2026-11-02T12:00:00Z')

/** Outcomes in the order of ACTORS: stranger, viewer, editor, admin, owner, organisation admin. */
const MEMBERS = ['not_found', 'ok', 'ok', 'ok', 'ok', 'ok']
const EDITORS = ['not_found', 'forbidden', 'ok', 'ok', 'ok', 'ok']
const ADMINS = ['not_found', 'forbidden', 'forbidden', 'ok', 'ok', 'ok']

type Act = (person: Person, access: AccessFixture, alertId: number) => Promise<unknown>
const PATH = {
  id: null,
  isDefault: false,
  steps: [{ afterMinutes: 0, target: { kind: 'owner' as const }, repeatEveryMinutes: null }],
}

const TABLE: readonly (readonly [string, readonly string[], Act])[] = [
  ['listAlerts', MEMBERS, (person, { slug }) => listAlerts(person, slug, parseAlertSearch({}))],
  ['readAlert', MEMBERS, (person, { slug }, id) => readAlert(person, slug, id)],
  ['readAlerting', MEMBERS, (person, { slug }) => readAlerting(person, slug, NOW)],
  ['acknowledge', MEMBERS, (person, { slug }, id) => acknowledgeAsPerson(person, slug, id, NOW)],
  ['snooze', MEMBERS, (person, { slug }, alertId) => snoozeAsPerson(person, slug, { alertId, minutes: 30 }, NOW)],
  ['resolve', EDITORS, (person, { slug }, id) => resolveAsPerson(person, slug, id, NOW)],
  ['savePath', EDITORS, (person, { slug }) => savePath(person, slug, { ...PATH, name: `of ${person.name}` })],
  [
    'addSilence',
    EDITORS,
    (person, { slug }) =>
      addSilence(person, slug, { source: null, includesCritical: false, reason: 'x', minutes: 5 }, NOW),
  ],
  [
    'addStandIn',
    EDITORS,
    (person, { slug, people }) =>
      addStandIn(
        person,
        slug,
        { userId: people.viewer.id, standInId: people.second.id, endsAt: new Date(+NOW + 1) },
        NOW,
      ),
  ],
  [
    'saveQuietTime',
    EDITORS,
    (person, { slug }) =>
      saveQuietTime(person, slug, { fromTime: null, toTime: null, criticalPasses: true, holidays: [] }, NOW),
  ],
  ['runDrill', EDITORS, (person, { slug }) => runDrill(person, slug, null, NOW)],
  [
    'addChannel',
    ADMINS,
    (person, { slug }) =>
      addChannel(person, slug, { name: `of ${person.name}`, target: { kind: 'email', addresses: ['a@example.com'] } }),
  ],
]

describe('rights', () => {
  it.each(TABLE)('%s', async (_name, outcomes, act) => {
    const access = await mintAccess()
    const found: string[] = []
    for (const actor of ACTORS) {
      const { id } = await raiseAlert(draftOf(access.workspaceId), NOW)
      found.push(await outcomeOf(() => act(access.people[actor], access, id)))
    }
    expect(found).toEqual(outcomes)
  })

  it('a member or channel of another workspace is no step of a path', async () => {
    const { slug, people } = await mintAccess()
    for (const target of [
      { kind: 'member' as const, userId: people.stranger.id },
      { kind: 'channel' as const, channelId: 2_000_000_000 },
    ]) {
      const steps = [{ afterMinutes: 0, target, repeatEveryMinutes: null }]
      expect(await outcomeOf(() => savePath(people.owner, slug, { ...PATH, name: 'x', steps }))).toBe('not_found')
    }
  })

  it('a path takes the name of no other', async () => {
    const { slug, people } = await mintAccess()
    await savePath(people.owner, slug, { ...PATH, name: 'day' })
    await savePath(people.owner, slug, { ...PATH, name: 'night' })
    const night = (await readAlerting(people.owner, slug, NOW)).paths.find(({ name }) => name === 'night')
    const rename = (name: string) => savePath(people.owner, slug, { ...PATH, id: night?.id ?? 0, name })
    expect(await outcomeOf(() => rename('day'))).toBe('conflict')
    expect(await outcomeOf(() => rename('late night'))).toBe('ok')
  })
})
