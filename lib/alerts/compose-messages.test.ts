import { describe, expect, it } from 'vitest'
import type { AlertMessage } from './alert-message'
import { composeSlack, composeTeams } from './compose-chat'
import { composeMail } from './compose-mail'
import { factLines } from './message-lines'

const HOSTILE = '<!channel> [pay](https://evil.example) <script>x</script>\nOwner: Mallory\r\n\u202eBcc: a@evil.example'

const message = (more: Partial<NonNullable<AlertMessage['facts']>> = {}, viewUrl = 'https://f.example/w/a/overview') =>
  ({
    severity: 'critical',
    isDrill: false,
    workspaceSlug: 'a',
    workspaceName: 'Acme',
    timeZone: 'Asia/Kathmandu',
    ownerName: 'Ada',
    note: null,
    facts: {
      title: `${HOSTILE}: 100% of the budget spent`,
      scope: 'Acme · Nov 2026',
      crossed: 'Spend $1.00 reached 100%.',
      value: '1',
      threshold: '1',
      unit: 'USD',
      sharePercent: '133.333333333333333333',
      since: '2026-11-02T12:00:00Z',
      drivers: [{ label: `endpoint ${HOSTILE}`, value: '$1.00', change: null }],
      nextStep: 'Look.',
      viewPath: '/w/a/overview',
      windowStart: '2026-11-01T00:00:00Z',
      windowEnd: '2026-12-01T00:00:00Z',
      isRevision: false,
      ...more,
    },
    messageKey: 'k',
    kind: 'fired',
    alertId: 1,
    incidentKey: 'f.example/alerts/1',
    viewUrl,
    alertUrl: 'https://f.example/w/a/alerts/1',
    acknowledgeUrl: null,
    at: new Date('2026-11-02T12:00:00Z'),
  }) satisfies AlertMessage

describe('a message with names that applications chose', () => {
  it('has no lines, recipients or directions of their making', () => {
    const { subject, text, html } = composeMail(message())
    expect(subject).not.toMatch(/[\r\n\u202e]/)
    expect(text.split('\n').filter((line) => line.startsWith('Owner:'))).toEqual(['Owner: Ada'])
    expect(text).not.toMatch(/^Bcc/m)
    expect(html).not.toContain('<script>')
    expect(html).toContain('&lt;script&gt;')
  })

  it('mentions nobody and links nowhere in Slack and Teams', () => {
    const slack = JSON.stringify(composeSlack(message()))
    expect(slack).toContain('"text":"Firing, critical: &lt;!channel&gt;')
    expect(slack).not.toContain('mrkdwn')
    const teams = JSON.stringify(composeTeams(message()))
    expect(teams).not.toContain('[pay](')
    expect(teams).not.toContain('<script>')
  })
})

describe('a message', () => {
  it('rounds the share and says times in the zone of the workspace', () => {
    const said = Object.fromEntries(factLines(message()).map(({ label, value }) => [label, value]))
    expect(said.Share).toBe('133.33%')
    expect(said.Since).toContain('17:45')
    expect(said.Since).toContain('(Asia/Kathmandu)')
  })

  it('says its owner and next step however long the names of a filter are', () => {
    const scope = Array.from({ length: 100 }, (_, index) => `${index}-${'n'.repeat(480)}`).join(', ')
    const long = message({ scope }, `https://f.example/w/a/overview?f=${'n'.repeat(50_000)}`)
    const slack = JSON.stringify(composeSlack(long))
    expect(slack.length).toBeLessThan(4_000)
    expect(slack).toContain('Owner: Ada\\nNext step: Look.')
    expect(slack).toContain('Open the alert')
    expect(JSON.stringify(composeTeams(long)).length).toBeLessThan(4_000)
  })
})
