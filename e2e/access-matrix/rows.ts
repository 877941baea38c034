import { randomInt, randomUUID } from 'node:crypto'
import { z } from 'zod'
import { askStore } from '../fixtures/people'
import type { Cells } from './actors'

/**
 * One row per entry point of the app. A new route, page or action without one fails the test. Where an address names a
 * workspace, an unknown one must be a 404 for everybody signed in; the test asks that by itself.
 */
export type RouteRow = { path: string; body?: object | string; cells: Cells }
export type PageRow = { path: string; cells: Cells }
/** `form` is what a visitor sends; it is made anew for every cell, so that cells do not depend on each other. */
export type FormValue = string | string[] | File
export type ActionRow =
  | { page: string; form: () => Promise<Record<string, FormValue>>; cells: Cells }
  /** Acts on nobody but whoever sends it, or takes its right from a secret: tested where it lives. */
  | { ownOnly: string }

// Statuses in the order of ACTORS:
// signed out, foreign, viewer, editor, admin, owner, organisation admin, ingest key, read key
const everybody: Cells = [200, 200, 200, 200, 200, 200, 200, 200, 200]
const keyIngest = (ok: number): Cells => [401, 401, 401, 401, 401, 401, 401, ok, 403]
const keyRead = (ok: number): Cells => [401, 401, 401, 401, 401, 401, 401, 403, ok]
const apiMembers: Cells = [401, 404, 200, 200, 200, 200, 200, 401, 401]
const apiAdmins: Cells = [401, 404, 403, 403, 200, 200, 200, 401, 401]
const apiOrganization: Cells = [401, 403, 403, 403, 403, 403, 200, 401, 401]
const pageMembers: Cells = [307, 404, 200, 200, 200, 200, 200, 307, 307]
const pageEditors: Cells = [307, 404, 404, 200, 200, 200, 200, 307, 307]
const pageAdmins: Cells = [307, 404, 404, 404, 200, 200, 200, 307, 307]
const pageOrganization: Cells = [307, 404, 404, 404, 404, 404, 200, 307, 307]
const pageSignedIn: Cells = [307, 200, 200, 200, 200, 200, 200, 307, 307]
const redirect: Cells = [307, 307, 307, 307, 307, 307, 307, 307, 307]
const actionAdmins: Cells = [303, 404, 403, 403, 200, 200, 200, 303, 303]
const actionMembers: Cells = [303, 404, 200, 200, 200, 200, 200, 303, 303]
const actionEditors: Cells = [303, 404, 403, 200, 200, 200, 200, 303, 303]
const actionOwners: Cells = [303, 404, 403, 403, 403, 200, 200, 303, 303]
const actionOrganization: Cells = [303, 403, 403, 403, 403, 403, 200, 303, 303]

const RANGE = { from: '2026-10-01T00:00:00Z', to: '2026-10-02T00:00:00Z' }
const QUESTION = { measures: ['spend'], ...RANGE }
const q = (question: object) => encodeURIComponent(JSON.stringify(question))
const API = '/api/w/e2e-access'
const EVENT = {
  externalRequestId: 'matrix',
  attempt: 1,
  provider: 'openai',
  model: 'gpt-4o',
  inputTokens: 1,
  outputTokens: 1,
}

const RULE = {
  name: 'Matrix',
  kind: 'static',
  measure: 'spend',
  filters: '[]',
  groupBy: '',
  window: 'day',
  comparison: '',
  threshold: '100',
  direction: 'above',
  forMinutes: '0',
  hysteresisPercent: '10',
  minVolume: '0',
  severity: 'info',
  noData: 'recover',
  ownerId: '',
  escalationPathId: '',
}

const CONTRACT = {
  provider: 'matrix',
  model: 'matrix-1x',
  price_inputUncached: '1',
  reason: 'The matrix asks.',
}

export const ROUTES: Record<string, RouteRow> = {
  'GET /api/auth/[...nextauth]': { path: '/api/auth/csrf', cells: everybody },
  'POST /api/auth/[...nextauth]': {
    path: '/api/auth/session',
    body: {},
    cells: [400, 400, 400, 400, 400, 400, 400, 400, 400],
  },
  'GET /api/organization/audit': { path: '/api/organization/audit', cells: apiOrganization },
  // No list of prices: refused to who may bring one, after everybody else.
  'POST /api/organization/price-list': {
    path: '/api/organization/price-list?version=none',
    body: [],
    cells: [401, 403, 403, 403, 403, 403, 400, 401, 401],
  },
  'POST /api/organization/price-list/preview': {
    path: '/api/organization/price-list/preview',
    body: [],
    cells: [401, 403, 403, 403, 403, 403, 400, 401, 401],
  },
  'GET /api/w/[workspace]/audit': { path: `${API}/audit`, cells: apiAdmins },
  'GET /api/w/[workspace]/close/[month]': {
    // A month that nobody has closed: unknown to everybody.
    path: `${API}/close/1999-12`,
    cells: [401, 404, 404, 404, 404, 404, 404, 401, 401],
  },
  'GET /api/w/[workspace]/erasures': { path: `${API}/erasures`, cells: apiAdmins },
  'POST /api/w/[workspace]/erasures': {
    path: `${API}/erasures`,
    body: { userId: 'nobody-of-this-name' },
    cells: apiAdmins,
  },
  'GET /api/w/[workspace]/export': { path: `${API}/export?q=${q(QUESTION)}`, cells: apiMembers },
  'GET /api/w/[workspace]/keys/[key]/activity': {
    // A key of another workspace: unknown to everybody, also to those who manage keys here.
    path: `${API}/keys/1/activity`,
    cells: [401, 404, 403, 403, 404, 404, 404, 401, 401],
  },
  'POST /api/w/[workspace]/prices/preview': {
    path: `${API}/prices/preview`,
    body: CONTRACT,
    cells: [401, 404, 403, 200, 200, 200, 200, 401, 401],
  },
  'POST /api/w/[workspace]/query': { path: `${API}/query`, body: QUESTION, cells: apiMembers },
  'GET /api/w/[workspace]/requests': { path: `${API}/requests?q=${q(RANGE)}`, cells: apiMembers },
  'POST /api/w/[workspace]/rules/test': {
    path: `${API}/rules/test`,
    body: RULE,
    cells: [401, 404, 403, 200, 200, 200, 200, 401, 401],
  },
  'GET /api/w/[workspace]/scenarios/[scenario]': {
    // A scenario of no workspace: unknown to everybody.
    path: `${API}/scenarios/999999999?by=endpoint`,
    cells: [401, 404, 404, 404, 404, 404, 404, 401, 401],
  },
  'GET /api/w/[workspace]/values': { path: `${API}/values?dimension=model`, cells: apiMembers },
  'GET /healthz': { path: '/healthz', cells: everybody },
  'GET /metrics': { path: '/metrics', cells: everybody },
  'GET /readyz': { path: '/readyz', cells: everybody },
  'GET /v1/guard': { path: '/v1/guard?model=gpt-4o', cells: [401, 401, 401, 401, 401, 401, 401, 200, 200] },
  'GET /v1/openapi.json': { path: '/v1/openapi.json', cells: everybody },
  'GET /v1/alerts': { path: '/v1/alerts', cells: keyRead(200) },
  // No alert of the workspace of the key: unknown to who may acknowledge.
  'POST /v1/alerts/[id]/acknowledge': { path: '/v1/alerts/999999999/acknowledge', cells: keyRead(404) },
  'POST /v1/events': { path: '/v1/events', body: EVENT, cells: keyIngest(200) },
  'POST /v1/ingest/llm-request': { path: '/v1/ingest/llm-request', body: EVENT, cells: keyIngest(200) },
  'POST /v1/query': { path: '/v1/query', body: QUESTION, cells: keyRead(200) },
  'POST /v1/export': { path: '/v1/export', body: QUESTION, cells: keyRead(200) },
}

/** Of no workspace: unknown to everybody who may ask, whatever is asked under it. */
const NO_SCENARIO = 999_999_999
const UNDER_NONE = { ...QUESTION, scenario: NO_SCENARIO }
const apiUnknown: Cells = [401, 404, 404, 404, 404, 404, 404, 401, 401]

/** Entry points that can be asked under a scenario, asked under one that there is not. */
export const UNDER_NO_SCENARIO: Record<string, RouteRow> = {
  'GET /api/w/[workspace]/export': { path: `${API}/export?q=${q(UNDER_NONE)}`, cells: apiUnknown },
  'POST /api/w/[workspace]/query': { path: `${API}/query`, body: UNDER_NONE, cells: apiUnknown },
  'GET /api/w/[workspace]/requests': {
    path: `${API}/requests?q=${q({ ...RANGE, scenario: NO_SCENARIO })}`,
    cells: apiUnknown,
  },
  'GET /api/w/[workspace]/values': {
    path: `${API}/values?dimension=model&scenario=${NO_SCENARIO}`,
    cells: apiUnknown,
  },
  'POST /v1/query': { path: '/v1/query', body: UNDER_NONE, cells: keyRead(404) },
  'POST /v1/export': { path: '/v1/export', body: UNDER_NONE, cells: keyRead(404) },
  ...Object.fromEntries(
    ['overview', 'endpoints', 'users', 'prompts', 'providers', 'models', 'requests'].map((page) => [
      `GET page ${page}`,
      {
        path: `/w/e2e-access/${page}?scenario=${NO_SCENARIO}`,
        cells: [307, 404, 404, 404, 404, 404, 404, 307, 307] as const,
      },
    ]),
  ),
}

const W = '/w/e2e-access'
/** The page that holds the forms of aliases: elsewhere their actions are forwarded, and answered 200 for everybody. */
const ALIAS_FORM = `${W}/models/alias`
export const PAGES: Record<string, PageRow> = {
  'page /': { path: '/', cells: redirect },
  'page /account/security': { path: '/account/security', cells: pageSignedIn },
  'page /acknowledge/[token]': { path: '/acknowledge/none', cells: everybody },
  'page /invitation/[token]': { path: '/invitation/none', cells: everybody },
  'page /organization': { path: '/organization', cells: [307, 404, 404, 404, 404, 404, 307, 307, 307] },
  'page /organization/audit': { path: '/organization/audit', cells: pageOrganization },
  'page /organization/people': { path: '/organization/people', cells: pageOrganization },
  'page /organization/prices': { path: '/organization/prices', cells: pageOrganization },
  'page /organization/workspaces': { path: '/organization/workspaces', cells: pageOrganization },
  'page /portfolio': { path: '/portfolio', cells: pageSignedIn },
  'page /reset/[token]': { path: '/reset/none', cells: everybody },
  'page /set-up': { path: '/set-up', cells: redirect },
  'page /sign-in': { path: '/sign-in', cells: [200, 307, 307, 307, 307, 307, 307, 200, 200] },
  'page /w/[workspace]/alerts': { path: `${W}/alerts`, cells: pageMembers },
  'page /w/[workspace]/alerts/[alert]': {
    path: `${W}/alerts/999999999`,
    cells: [307, 404, 404, 404, 404, 404, 404, 307, 307],
  },
  'page /w/[workspace]/alerts/rules': { path: `${W}/alerts/rules`, cells: pageMembers },
  'page /w/[workspace]/alerts/rules/[rule]': {
    // A rule of no workspace: unknown to everybody.
    path: `${W}/alerts/rules/2147483647`,
    cells: [307, 404, 404, 404, 404, 404, 404, 307, 307],
  },
  'page /w/[workspace]/alerts/rules/new': { path: `${W}/alerts/rules/new`, cells: pageEditors },
  'page /w/[workspace]/budgets': { path: `${W}/budgets`, cells: pageMembers },
  'page /w/[workspace]/budgets/[budget]': {
    // Of no budget here: unknown to everybody.
    path: `${W}/budgets/999999`,
    cells: [307, 404, 404, 404, 404, 404, 404, 307, 307],
  },
  'page /w/[workspace]/close': { path: `${W}/close`, cells: pageMembers },
  'page /w/[workspace]/close/[month]': {
    // A month that nobody has closed: unknown to everybody.
    path: `${W}/close/1999-12`,
    cells: [307, 404, 404, 404, 404, 404, 404, 307, 307],
  },
  'page /w/[workspace]/costs': { path: `${W}/costs`, cells: pageMembers },
  'page /w/[workspace]/endpoints': { path: `${W}/endpoints`, cells: pageMembers },
  'page /w/[workspace]/health': { path: `${W}/health`, cells: pageMembers },
  'page /w/[workspace]/models': { path: `${W}/models`, cells: pageMembers },
  'page /w/[workspace]/models/alias': {
    path: ALIAS_FORM,
    cells: pageEditors,
  },
  'page /w/[workspace]/models/alias/[alias]': {
    // Of no alias here: unknown to everybody.
    path: `${W}/models/alias/999999`,
    cells: [307, 404, 404, 404, 404, 404, 404, 307, 307],
  },
  'page /w/[workspace]/overview': { path: `${W}/overview`, cells: pageMembers },
  'page /w/[workspace]/prices': { path: `${W}/prices`, cells: pageMembers },
  'page /w/[workspace]/prompts': { path: `${W}/prompts`, cells: pageMembers },
  'page /w/[workspace]/providers': { path: `${W}/providers`, cells: pageMembers },
  'page /w/[workspace]/requests': { path: `${W}/requests`, cells: pageMembers },
  'page /w/[workspace]/scenarios': { path: `${W}/scenarios`, cells: pageMembers },
  'page /w/[workspace]/scenarios/[scenario]': {
    // A scenario of no workspace: unknown to everybody.
    path: `${W}/scenarios/999999999`,
    cells: [307, 404, 404, 404, 404, 404, 404, 307, 307],
  },
  'page /w/[workspace]/settings': { path: `${W}/settings`, cells: [307, 404, 307, 307, 307, 307, 307, 307, 307] },
  'page /w/[workspace]/settings/alerting': { path: `${W}/settings/alerting`, cells: pageMembers },
  'page /w/[workspace]/settings/audit': { path: `${W}/settings/audit`, cells: pageAdmins },
  'page /w/[workspace]/settings/data': { path: `${W}/settings/data`, cells: pageAdmins },
  'page /w/[workspace]/settings/general': { path: `${W}/settings/general`, cells: pageAdmins },
  'page /w/[workspace]/settings/guard': { path: `${W}/settings/guard`, cells: pageMembers },
  'page /w/[workspace]/settings/keys': { path: `${W}/settings/keys`, cells: pageAdmins },
  'page /w/[workspace]/settings/members': { path: `${W}/settings/members`, cells: pageAdmins },
  'page /w/[workspace]/settings/owners': { path: `${W}/settings/owners`, cells: pageMembers },
  'page /w/[workspace]/users': { path: `${W}/users`, cells: pageMembers },
}

const idRow = z.object({ id: z.union([z.string(), z.number()]).transform(String) })

async function idOf(sql: string, values: unknown[] = []): Promise<string> {
  return idRow.parse((await askStore(sql, values))[0]).id
}

const victor = () => idOf(`SELECT id FROM users WHERE email = 'victor@example.com'`)

const openInvitation = () =>
  idOf(
    `INSERT INTO one_time_links (kind, token_hash, email, workspace_id, role, expires_at)
     SELECT 'invitation', $1, $1 || '@example.com', id, 'viewer', now() + interval '1 hour'
     FROM workspaces WHERE slug = 'e2e-access' RETURNING id`,
    [randomUUID()],
  )

const keyInUse = () =>
  idOf(
    `INSERT INTO api_keys (workspace_id, name, prefix, secret_hash, scopes)
     SELECT id, $1, 'fk_matrix', $1, '{ingest}' FROM workspaces WHERE slug = 'e2e-access' RETURNING id`,
    [randomUUID()],
  )

const OF_WORKSPACE = `FROM workspaces WHERE slug = 'e2e-access' RETURNING id`

const openAlert = () =>
  idOf(
    `INSERT INTO alerts (workspace_id, dedup_key, source, severity, facts, steps, progress, escalates_from, fired_at, updated_at)
     SELECT id, $1, 'rule', 'info', $2, '[]', '{"runs":{},"pulledAt":{}}', now(), now(), now() ${OF_WORKSPACE}`,
    [
      randomUUID(),
      JSON.stringify({
        title: 'matrix',
        scope: 'Access',
        crossed: 'Nothing crossed anything.',
        value: null,
        threshold: null,
        unit: 'count',
        sharePercent: null,
        since: '2026-10-01T00:00:00Z',
        drivers: [],
        nextStep: 'None.',
        viewPath: '/w/e2e-access/overview',
        windowStart: '2026-10-01T00:00:00Z',
        windowEnd: '2026-10-02T00:00:00Z',
        isRevision: false,
      }),
    ],
  )

const mailChannel = () =>
  idOf(
    `INSERT INTO channels (workspace_id, name, kind, target) SELECT id, $1, 'email', 'matrix@example.com' ${OF_WORKSPACE}`,
    [randomUUID()],
  )

const path = () =>
  idOf(`INSERT INTO escalation_paths (workspace_id, name) SELECT id, $1 ${OF_WORKSPACE}`, [randomUUID()])

const silence = () =>
  idOf(
    `INSERT INTO silences (workspace_id, reason, created_by, starts_at, ends_at)
     SELECT id, 'matrix', 'matrix', now(), now() + interval '1 hour' ${OF_WORKSPACE}`,
  )

const standIn = async () =>
  idOf(
    `INSERT INTO stand_ins (workspace_id, user_id, stand_in_id, starts_at, ends_at)
     SELECT id, $1, $1, now(), now() + interval '1 hour' ${OF_WORKSPACE}`,
    [await victor()],
  )

const deadLetter = () =>
  idOf(
    `INSERT INTO outbox (workspace_id, message_key, kind, payload, state, due_at, created_at)
     SELECT id, $1, 'test', '{}', 'dead', now(), now() ${OF_WORKSPACE}`,
    [randomUUID()],
  )

/** Concurrent runs of the matrix leave each other's rows alone. */
const MADE_HERE = `Matrix ${process.env.TEST_PARALLEL_INDEX}`

/** What cells before this one left in force would be evaluated, and listed, beside all that follow. */
const archiveFormer = (table: 'alert_rules' | 'budgets') =>
  askStore(`UPDATE ${table} SET archived_at = now() WHERE name = $1 AND archived_at IS NULL`, [MADE_HERE])

const alertRule = async () => {
  await archiveFormer('alert_rules')
  return idOf(
    `INSERT INTO alert_rules (workspace_id, name, kind, measure, filters, "window", threshold, direction, for_minutes,
       hysteresis_percent, min_volume, severity, no_data)
     SELECT id, $1, 'static', 'spend', '[]', 'day', '100', 'above', 0, 10, 0, 'info', 'recover'
     FROM workspaces WHERE slug = 'e2e-access' RETURNING id`,
    [MADE_HERE],
  )
}

const contractInForce = () =>
  idOf(
    `INSERT INTO contract_prices (workspace_id, provider, model, service_tier, context_band, unit_prices, reason,
       author_name, created_at)
     SELECT id, 'matrix', 'matrix-1x', 'standard', 'base', '{"inputUncached":"0.000001"}', 'matrix', 'matrix', now()
     ${OF_WORKSPACE}`,
  )

const switchInForce = () =>
  idOf(
    `INSERT INTO guard_switches (workspace_id, target, value, reason, owner_id, created_at, expires_at)
     SELECT w.id, 'endpoint', 'matrix', 'The matrix asks.', u.id, now(), now() + interval '1 hour'
     FROM workspaces w, users u WHERE w.slug = 'e2e-access' AND u.email = 'victor@example.com' RETURNING id`,
  )

/** A member whom nobody can remove, because they answer for the budgets: the right to try is what is asked. */
async function budgetOwner(): Promise<string> {
  const id = await victor()
  await askStore(`UPDATE workspaces SET budget_owner_id = $1 WHERE slug = 'e2e-access'`, [id])
  return id
}

/** A budget for nothing, in force or archived. */
const storedBudget = async (archivedAt: string | null) => {
  await archiveFormer('budgets')
  return idOf(
    `INSERT INTO budgets (workspace_id, name, period, amount, thresholds, archived_at)
     SELECT id, $1, 'month', 10, '[]', $2 FROM workspaces WHERE slug = 'e2e-access' RETURNING id`,
    [MADE_HERE, archivedAt],
  )
}

/** An alias of a name that nobody sends. */
const storedAlias = () =>
  idOf(
    `INSERT INTO model_aliases (workspace_id, raw_provider, raw_model, provider, model, reason, author_name, created_at)
     SELECT id, 'openai', $1, 'openai', 'gpt-4o', 'Matrix', 'Matrix', now() FROM workspaces WHERE slug = 'e2e-access'
     RETURNING id`,
    [`matrix-${randomUUID()}`],
  )

const NO_CHANGES = JSON.stringify({ routes: [], prices: [] })

const savedScenario = () =>
  idOf(
    `INSERT INTO scenarios (workspace_id, name, definition, created_by_name, created_at, updated_at)
     SELECT id, $1, $2, 'matrix', now(), now() ${OF_WORKSPACE}`,
    [randomUUID(), NO_CHANGES],
  )

const fixedCost = () =>
  idOf(
    `INSERT INTO fixed_costs (workspace_id, name, provider, models, amount, first_month, method, author_name, reason,
       created_at)
     SELECT id, 'Matrix', '', '{}', 1, '2026-10', 'even', 'matrix', 'matrix', now() ${OF_WORKSPACE}`,
  )

/** A month in which nothing happened; hardly one that was closed before, which would be refused beside the form. */
const randomMonth = () => `${randomInt(1971, 1999)}-${String(randomInt(1, 13)).padStart(2, '0')}`

const workspace = 'e2e-access'
const settingsPage = (name: string) => `${W}/settings/${name}`
const ofVictor = async () => ({ workspace, member: await victor() })
const PEOPLE = '/organization/people'
const ALERTS = `${W}/alerts`
const ALERTING = settingsPage('alerting')

const BUDGET_FORM = {
  workspace,
  name: MADE_HERE,
  period: 'month',
  amount: '10',
  owner: '',
  backup: '',
  spentPercents: '100',
  spentBasis: 'actualUpper',
  forecastPercents: '',
  guardMode: 'observe',
  degradeAtPercent: '',
  substituteModel: '',
  maxOutputTokens: '',
}

export const ACTIONS: Record<string, ActionRow> = {
  'action createBudgetAction': {
    page: `${W}/budgets`,
    form: async () => {
      await archiveFormer('budgets')
      return BUDGET_FORM
    },
    cells: actionEditors,
  },
  'action changeBudgetAction': {
    page: `${W}/budgets`,
    form: async () => ({ ...BUDGET_FORM, budget: await storedBudget(null), amount: '20' }),
    cells: actionEditors,
  },
  'action archiveBudgetAction': {
    page: `${W}/budgets`,
    form: async () => ({ workspace, budget: await storedBudget(null) }),
    cells: actionEditors,
  },
  'action restoreBudgetAction': {
    page: `${W}/budgets`,
    form: async () => ({ workspace, budget: await storedBudget(new Date().toISOString()) }),
    cells: actionEditors,
  },
  'action addAliasAction': {
    page: ALIAS_FORM,
    form: async () => ({
      workspace,
      rawProvider: 'openai',
      rawModel: `matrix-${randomUUID()}`,
      provider: 'openai',
      model: 'gpt-4o',
      from: '',
      to: '',
      where: 'here',
      reason: 'Matrix',
    }),
    cells: actionEditors,
  },
  'action revokeAliasAction': {
    page: ALIAS_FORM,
    form: async () => ({ workspace, alias: await storedAlias(), reason: 'Matrix' }),
    cells: actionEditors,
  },
  'action addContractAction': {
    page: `${W}/prices`,
    form: async () => ({ ...CONTRACT, workspace }),
    cells: actionEditors,
  },
  'action revokeContractAction': {
    page: `${W}/prices`,
    form: async () => ({ workspace, contract: await contractInForce(), reason: 'The matrix asks.' }),
    cells: actionEditors,
  },
  'action closeMonthAction': {
    page: `${W}/close`,
    form: async () => ({ workspace, month: randomMonth(), reason: 'The matrix asks.' }),
    cells: actionEditors,
  },
  'action addFixedCostAction': {
    page: `${W}/costs`,
    form: async () => ({
      workspace,
      name: 'Matrix',
      provider: '',
      models: '',
      amount: '1',
      termMonths: '',
      firstMonth: '2026-10',
      lastMonth: '',
      method: 'even',
      capacityTokens: '',
      capacityHours: '',
      reason: 'The matrix asks.',
    }),
    cells: actionEditors,
  },
  'action removeFixedCostAction': {
    page: `${W}/costs`,
    form: async () => ({ workspace, cost: await fixedCost() }),
    cells: actionEditors,
  },
  'action createScenarioAction': {
    page: `${W}/scenarios`,
    form: async () => ({ workspace, name: 'Matrix', definition: NO_CHANGES }),
    cells: actionEditors,
  },
  'action changeScenarioAction': {
    page: `${W}/scenarios`,
    form: async () => ({ workspace, scenario: await savedScenario(), name: 'Matrix 2', definition: NO_CHANGES }),
    cells: actionEditors,
  },
  'action archiveScenarioAction': {
    page: `${W}/scenarios`,
    form: async () => ({ workspace, scenario: await savedScenario() }),
    cells: actionEditors,
  },
  'action saveSettingsAction': {
    page: settingsPage('general'),
    form: async () => ({
      workspace,
      name: 'Access',
      timeZone: 'UTC',
      currency: 'USD',
      fiscalYearStartMonth: '1',
      'defaultEnvironments[]': ['prod'],
      'defaultDataModes[]': ['real'],
      costPreference: 'reported',
      retentionDays: '',
    }),
    cells: actionAdmins,
  },
  'action archiveAction': {
    page: settingsPage('general'),
    form: async () => ({ workspace: 'e2e-archive' }),
    cells: actionOwners,
  },
  'action restoreAction': {
    page: settingsPage('general'),
    form: async () => ({ workspace: 'e2e-archive' }),
    cells: actionOwners,
  },
  'action appointOwnersAction': {
    page: settingsPage('owners'),
    form: async () => ({ workspace, budgetOwner: await victor(), backupOwner: '' }),
    cells: actionOwners,
  },
  'action inviteAction': {
    page: settingsPage('members'),
    form: async () => ({ workspace, email: `${randomUUID()}@example.com`, role: 'viewer' }),
    cells: actionAdmins,
  },
  'action revokeInvitationAction': {
    page: settingsPage('members'),
    form: async () => ({ workspace, invitation: await openInvitation() }),
    cells: actionAdmins,
  },
  'action changeRoleAction': {
    page: settingsPage('members'),
    form: async () => ({ ...(await ofVictor()), role: 'viewer' }),
    cells: actionAdmins,
  },
  'action removeMemberAction': {
    page: settingsPage('members'),
    form: async () => ({ workspace, member: await budgetOwner() }),
    cells: actionAdmins,
  },
  'action resetMemberPasswordAction': { page: settingsPage('members'), form: ofVictor, cells: actionOwners },
  'action createKeyAction': {
    page: settingsPage('keys'),
    form: async () => ({
      workspace,
      name: randomUUID(),
      scope: 'ingest',
      lifetimeDays: '',
      fixedEnvironment: '',
      fixedDataMode: '',
    }),
    cells: actionAdmins,
  },
  'action revokeKeyAction': {
    page: settingsPage('keys'),
    form: async () => ({ workspace, key: await keyInUse() }),
    cells: actionAdmins,
  },
  'action acknowledgeAction': {
    page: ALERTS,
    form: async () => ({ workspace, alert: await openAlert() }),
    cells: actionMembers,
  },
  'action snoozeAction': {
    page: ALERTS,
    form: async () => ({ workspace, alert: await openAlert(), minutes: '60' }),
    cells: actionMembers,
  },
  'action resolveAction': {
    page: ALERTS,
    form: async () => ({ workspace, alert: await openAlert() }),
    cells: actionEditors,
  },
  'action addChannelAction': {
    page: ALERTING,
    form: async () => ({ workspace, name: randomUUID(), kind: 'email', target: 'matrix@example.com' }),
    cells: actionAdmins,
  },
  'action removeChannelAction': {
    page: ALERTING,
    form: async () => ({ workspace, channel: await mailChannel() }),
    cells: actionAdmins,
  },
  'action testChannelAction': {
    page: ALERTING,
    form: async () => ({ workspace, channel: await mailChannel() }),
    cells: actionAdmins,
  },
  'action retryMessageAction': {
    page: ALERTING,
    form: async () => ({ workspace, message: await deadLetter() }),
    cells: actionEditors,
  },
  'action savePathAction': {
    page: ALERTING,
    form: async () => ({
      workspace,
      path: '',
      name: randomUUID(),
      'after[]': ['0'],
      'target[]': ['owner'],
      'repeat[]': [''],
    }),
    cells: actionEditors,
  },
  'action removePathAction': {
    page: ALERTING,
    form: async () => ({ workspace, path: await path() }),
    cells: actionEditors,
  },
  'action runDrillAction': {
    page: ALERTING,
    form: async () => ({ workspace, path: await path() }),
    cells: actionEditors,
  },
  'action saveQuietTimeAction': {
    page: ALERTING,
    form: async () => ({ workspace, fromTime: '', toTime: '', criticalPasses: 'on', holidays: '' }),
    cells: actionEditors,
  },
  'action addSilenceAction': {
    page: ALERTING,
    form: async () => ({ workspace, source: '', reason: 'matrix', minutes: '5' }),
    cells: actionEditors,
  },
  'action endSilenceAction': {
    page: ALERTING,
    form: async () => ({ workspace, silence: await silence() }),
    cells: actionEditors,
  },
  'action addStandInAction': {
    page: ALERTING,
    form: async () => ({ ...(await ofVictor()), standIn: await victor(), lastDay: '2099-01-01' }),
    cells: actionEditors,
  },
  'action endStandInAction': {
    page: ALERTING,
    form: async () => ({ workspace, standIn: await standIn() }),
    cells: actionEditors,
  },
  'action acknowledgeByLinkAction': { ownOnly: 'by the signature of the link of a message' },
  'action saveRuleAction': {
    page: `${W}/alerts/rules`,
    form: async () => {
      await archiveFormer('alert_rules')
      return { ...RULE, workspace, name: MADE_HERE, rule: '' }
    },
    cells: actionEditors,
  },
  'action switchRuleAction': {
    page: `${W}/alerts/rules`,
    form: async () => ({ workspace, rule: await alertRule(), on: 'yes' }),
    cells: actionEditors,
  },
  'action archiveRuleAction': {
    page: `${W}/alerts/rules`,
    form: async () => ({ workspace, rule: await alertRule() }),
    cells: actionEditors,
  },
  'action throwSwitchAction': {
    page: settingsPage('guard'),
    form: async () => ({
      workspace,
      target: 'endpoint',
      value: 'matrix',
      reason: 'The matrix asks.',
      ownerId: await victor(),
      hours: '1',
    }),
    cells: actionEditors,
  },
  'action releaseSwitchAction': {
    page: settingsPage('guard'),
    form: async () => ({ workspace, switch: await switchInForce() }),
    cells: actionEditors,
  },
  'action setEnforcementAction': {
    page: settingsPage('guard'),
    form: async () => ({ workspace, enforcement: 'enforce' }),
    cells: actionEditors,
  },
  'action addRateAction': {
    page: '/organization/prices',
    form: async () => ({ currency: 'XTS', day: '2026-10-01', rateToUsd: '1.5', source: 'matrix' }),
    cells: actionOrganization,
  },
  'action uploadRatesAction': {
    page: '/organization/prices',
    form: async () => ({ file: new File(['currency,date,rate,source\nXTS,2026-10-01,1.5,matrix'], 'rates.csv') }),
    cells: actionOrganization,
  },
  'action createWorkspaceAction': {
    page: '/organization/workspaces',
    form: async () => ({ name: 'Matrix', slug: `matrix-${randomUUID().slice(0, 8)}`, timeZone: 'UTC' }),
    cells: actionOrganization,
  },
  'action setDisabledAction': {
    page: PEOPLE,
    form: async () => ({ account: await victor(), disabled: 'no' }),
    cells: actionOrganization,
  },
  'action setAdminAction': {
    page: PEOPLE,
    form: async () => ({ account: await victor(), admin: 'no' }),
    cells: actionOrganization,
  },
  'action resetAccountPasswordAction': {
    page: PEOPLE,
    form: async () => ({ account: await victor() }),
    cells: actionOrganization,
  },
  'action saveTheme': { ownOnly: 'keeps a cookie of the browser that sends it' },
  'action signOutAction': { ownOnly: 'ends the session that it came with' },
  'action signInAction': { ownOnly: 'the way in' },
  'action singleSignOnAction': { ownOnly: 'the way in' },
  'action setUpAction': { ownOnly: 'makes the first account, while there is none' },
  'action joinAction': { ownOnly: 'by the secret of an invitation' },
  'action acceptAction': { ownOnly: 'by the secret of an invitation' },
  'action resetPasswordAction': { ownOnly: 'by the secret of a reset link' },
  'action changePasswordAction': { ownOnly: 'acts on the account of the session' },
  'action beginSecondFactorAction': { ownOnly: 'acts on the account of the session' },
  'action confirmSecondFactorAction': { ownOnly: 'acts on the account of the session' },
  'action changeSecondFactorAction': { ownOnly: 'acts on the account of the session' },
  'action endSessionAction': { ownOnly: 'acts on the account of the session' },
}
