import type { AlertFacts, AlertSeverity } from './alert-facts'

type AlertSource = 'budget' | 'rule' | 'switch' | 'drill'

export type AlertDraft = {
  workspaceId: number
  /** Names what fires, for good: raising it again raises nothing. */
  dedupKey: string
  source: AlertSource
  sourceId: number | null
  severity: AlertSeverity
  facts: AlertFacts
  /** Users; null: nobody. */
  ownerId: string | null
  backupId: string | null
  /** Null: the workspace's path. */
  escalationPathId: number | null
}

/** Where evaluations report what fires and what has ended. */
export type AlertSink = {
  /** Opens the alert, once per workspace and key whoever calls. */
  raise(draft: AlertDraft, now: Date): Promise<{ id: number; isNew: boolean }>
  /** Refreshes what an open alert says; sends nothing. */
  update(workspaceId: number, dedupKey: string, facts: AlertFacts, now: Date): Promise<void>
  /** Ends an open alert and its escalation. */
  resolve(workspaceId: number, dedupKey: string, reason: string, now: Date): Promise<void>
}
