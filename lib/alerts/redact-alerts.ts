import 'server-only'
import { readAlertTexts, writeAlertTexts } from '@/db/postgres/queries/alert-texts'
import { redactName } from '@/lib/alerts/redact-text'

/**
 * Takes the name of a user out of what the alerts of a workspace say: facts, timelines and messages. What was sent before
 * is with those who received it.
 * @throws AppError `unavailable` when Postgres does not answer.
 */
export async function redactAlerts(workspaceId: number, name: string): Promise<void> {
  for (const each of await readAlertTexts(workspaceId)) {
    const redacted = redactName(each.json, name)
    if (JSON.stringify(redacted) !== JSON.stringify(each.json)) await writeAlertTexts({ ...each, json: redacted })
  }
}
