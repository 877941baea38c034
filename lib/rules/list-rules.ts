import 'server-only'
import {
  type AlertRuleRow,
  type AlertRuleStateRow,
  countFirings,
  findAlertRule,
  listAlertRules,
  listRuleStates,
} from '@/db/postgres/queries/alert-rules'
import { authorizeMember, type Person } from '@/lib/auth/person'
import { AppError } from '@/lib/errors'
import type { RuleDefinition } from '@/lib/rules/rule-schema'
import { parseStoredRule } from '@/lib/rules/stored-rule'

const SHOWN_DAYS = 90
/** Late events are shown for as long as their window is looked at. */
const LATE_MS = 7 * 86_400_000

/** Where a rule stands as a whole: the most pressing of its groups. */
export type RuleStanding = 'off' | 'error' | 'firing' | 'pending' | 'noData' | 'waiting' | 'normal'

export type ListedRule = {
  id: number
  name: string
  /** Null: what is stored cannot be read. */
  definition: RuleDefinition | null
  standing: RuleStanding
  firingGroups: number
  /** Since when it fires or is pending. */
  since: Date | null
  /** The window over already that late events moved last. */
  lateWindowStart: Date | null
  lastEvaluatedAt: Date | null
  lastError: string | null
  firings90Days: number
}

/**
 * The rules of a workspace with where they stand.
 * @throws AppError `not_found`, `unavailable`.
 */
export async function listRules(person: Person, slug: string, now: Date): Promise<ListedRule[]> {
  const { workspace } = await authorizeMember(person, slug, 'view')
  const rows = await listAlertRules(workspace.id)
  const ids = rows.map(({ id }) => id)
  const [states, firings] = await Promise.all([
    listRuleStates(ids),
    countFirings(ids, new Date(now.getTime() - SHOWN_DAYS * 86_400_000)),
  ])
  return rows.map((row) => {
    const own = states.filter(({ ruleId }) => ruleId === row.id)
    const pressing = own.filter(({ phase }) => phase !== 'normal').map(({ since }) => since?.getTime() ?? Infinity)
    const late = own.flatMap(({ lateWindowStart: at }) => (at && now.getTime() - at.getTime() < LATE_MS ? [at] : []))
    return {
      id: row.id,
      name: row.name,
      definition: readable(row),
      standing: standingOf(row, own),
      firingGroups: own.filter(({ phase }) => phase === 'firing').length,
      since: pressing.length > 0 ? new Date(Math.min(...pressing)) : null,
      lateWindowStart: late.toSorted((a, b) => b.getTime() - a.getTime())[0] ?? null,
      lastEvaluatedAt: row.lastEvaluatedAt,
      lastError: row.lastError,
      firings90Days: firings.get(row.id) ?? 0,
    }
  })
}

function readable(row: AlertRuleRow): RuleDefinition | null {
  try {
    return parseStoredRule(row)
  } catch (error) {
    if (error instanceof AppError) return null
    throw error
  }
}

function standingOf(row: AlertRuleRow, states: readonly AlertRuleStateRow[]): RuleStanding {
  if (row.enabledAt === null) return 'off'
  if (row.lastError !== null) return 'error'
  if (states.some(({ phase }) => phase === 'firing')) return 'firing'
  if (states.some(({ phase }) => phase === 'pending')) return 'pending'
  const current = states.filter(({ ruleVersion }) => ruleVersion === row.version)
  if (current.length === 0 || current.every(({ reading }) => reading === 'noData')) return 'noData'
  return current.every(({ reading }) => reading === 'noBaseline' || reading === 'lowVolume') ? 'waiting' : 'normal'
}

/**
 * A rule to edit.
 * @throws AppError `not_found`, `forbidden`, `invalid_query` (cannot be read), `unavailable`.
 */
export async function findRule(
  person: Person,
  slug: string,
  id: number,
): Promise<{ id: number; isOn: boolean; definition: RuleDefinition }> {
  const { workspace } = await authorizeMember(person, slug, 'editAlerts')
  const row = await findAlertRule(workspace.id, id)
  if (!row) throw new AppError('not_found', 'There is no such rule in this workspace.')
  return { id: row.id, isOn: row.enabledAt !== null, definition: parseStoredRule(row) }
}
