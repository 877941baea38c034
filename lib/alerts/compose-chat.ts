import type { AlertMessage } from './alert-message'
import { factLines, headlineOf } from './message-lines'

const MAX_SLACK_TEXT = 2_900
const MAX_SLACK_HEADER = 150
/** Slack refuses messages with a longer address in a button; the page of the alert has it, too. */
const MAX_URL = 3_000

/** What Slack takes for markup: only these three must be escaped. */
const escapeSlack = (text: string) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;')

/** A message for an incoming webhook of Slack, in blocks. Texts are plain, so that names are no mentions or links. Pure. */
export function composeSlack(message: AlertMessage): object {
  const headline = headlineOf(message)
  const lines = factLines(message)
    .map(({ label, value }) => `${label}: ${value}`)
    .join('\n')
  const button = (label: string, url: string, style?: 'primary') => ({
    type: 'button',
    text: { type: 'plain_text', text: label },
    url,
    ...(style ? { style } : {}),
  })
  return {
    text: escapeSlack(headline),
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: headline.slice(0, MAX_SLACK_HEADER), emoji: false } },
      { type: 'section', text: { type: 'plain_text', text: lines.slice(0, MAX_SLACK_TEXT), emoji: false } },
      {
        type: 'actions',
        elements: [
          ...(message.acknowledgeUrl === null ? [] : [button('Acknowledge', message.acknowledgeUrl, 'primary')]),
          ...(message.viewUrl.length > MAX_URL ? [] : [button('Open the view', message.viewUrl)]),
          button('Open the alert', message.alertUrl),
        ],
      },
    ],
  }
}

/** Adaptive cards know some Markdown: what could begin a link or emphasis is escaped. */
const escapeCard = (text: string) => text.replace(/[\\`*_[\]()#<>~|!]/g, (character) => `\\${character}`)

/** A message for an incoming webhook of Microsoft Teams, as an adaptive card. Pure. */
export function composeTeams(message: AlertMessage): object {
  const action = (title: string, url: string) => ({ type: 'Action.OpenUrl', title, url })
  return {
    type: 'message',
    attachments: [
      {
        contentType: 'application/vnd.microsoft.card.adaptive',
        content: {
          $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
          type: 'AdaptiveCard',
          version: '1.4',
          body: [
            { type: 'TextBlock', text: escapeCard(headlineOf(message)), weight: 'Bolder', size: 'Medium', wrap: true },
            {
              type: 'FactSet',
              facts: factLines(message).map(({ label, value }) => ({ title: label, value: escapeCard(value) })),
            },
          ],
          actions: [
            ...(message.acknowledgeUrl === null ? [] : [action('Acknowledge', message.acknowledgeUrl)]),
            ...(message.viewUrl.length > MAX_URL ? [] : [action('Open the view', message.viewUrl)]),
            action('Open the alert', message.alertUrl),
          ],
        },
      },
    ],
  }
}
