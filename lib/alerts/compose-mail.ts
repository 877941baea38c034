import { formatDateTime } from '@/lib/format'
import type { AlertMessage } from './alert-message'
import { factLines, headlineOf } from './message-lines'

export type Mail = { subject: string; text: string; html: string }

const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
const escapeHtml = (text: string) => text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? '')

/** A message as mail, in HTML and in text. What was named by applications is escaped. Pure. */
export function composeMail(message: AlertMessage): Mail {
  const headline = headlineOf(message)
  const lines = factLines(message)
  const links = [
    ...(message.acknowledgeUrl === null ? [] : [{ label: 'Acknowledge', url: message.acknowledgeUrl }]),
    { label: 'Open the view', url: message.viewUrl },
    { label: 'Open the alert', url: message.alertUrl },
  ]
  const sentAt = formatDateTime(message.at, message.timeZone)
  const foot = `Sent by Farthing at ${sentAt} (${message.timeZone}) for the workspace ${message.workspaceName}.`
  const text = [
    headline,
    '',
    ...lines.map(({ label, value }) => `${label}: ${value}`),
    '',
    ...links.map(({ label, url }) => `${label}: ${url}`),
    '',
    foot,
  ].join('\n')
  const rows = lines
    .map(
      ({ label, value }) =>
        `<tr><th align="left" valign="top" style="padding:2px 16px 2px 0;color:#5b6472;font-weight:normal;white-space:nowrap">${escapeHtml(label)}</th><td style="padding:2px 0">${escapeHtml(value)}</td></tr>`,
    )
    .join('')
  const anchors = links
    .map(({ label, url }) => `<a href="${escapeHtml(url)}" style="margin-right:16px">${escapeHtml(label)}</a>`)
    .join('')
  const html = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${escapeHtml(headline)}</title></head><body style="font:14px/1.5 system-ui,sans-serif;color:#14181f"><h1 style="font-size:18px">${escapeHtml(headline)}</h1><table role="presentation" cellspacing="0">${rows}</table><p>${anchors}</p><p style="color:#5b6472;font-size:12px">${escapeHtml(foot)}</p></body></html>`
  return { subject: headline.replace(/\s+/g, ' ').slice(0, 200), text, html }
}
