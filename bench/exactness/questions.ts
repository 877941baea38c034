import type { Question, QuestionFilter, Window } from '@/bench/exactness/question'
import { type Granularity, ReferenceCalendar } from '@/bench/exactness/reference-calendar'
import { WORKSPACES, type Workspace } from '@/bench/exactness/sent-event'

const DAY_MS = 86_400_000

/** Everything whose instant was sent, in every environment. */
const EVERYTHING: readonly QuestionFilter[] = [
  { dimension: 'dataMode', operator: 'in', values: ['real', 'test', 'unspecified'] },
  { dimension: 'environment', operator: 'in', values: ['prod', 'staging', 'dev', 'unspecified'] },
]
const REAL_PROD: readonly QuestionFilter[] = [
  { dimension: 'dataMode', operator: 'in', values: ['real'] },
  { dimension: 'environment', operator: 'in', values: ['prod'] },
]
/** Events without a timestamp: known by the day at best, so asked for without time. */
const UNTIMED: readonly QuestionFilter[] = [
  { dimension: 'dataMode', operator: 'in', values: ['demo'] },
  { dimension: 'environment', operator: 'in', values: ['dev'] },
]

export type QuestionCatalogue = { questions: Question[]; calendarOf: (question: Question) => ReferenceCalendar }

/** Questions of many kinds about both workspaces, over the range of a plan. */
export function listQuestions(plan: Window): QuestionCatalogue {
  const calendars = new Map<string, ReferenceCalendar>()
  const calendarFor = (workspace: Workspace, timeZone: string): ReferenceCalendar => {
    const key = `${workspace.slug} ${timeZone}`
    const calendar = calendars.get(key) ?? new ReferenceCalendar(timeZone, workspace.fiscalYearStartMonth)
    calendars.set(key, calendar)
    return calendar
  }
  const [first, second] = WORKSPACES
  return {
    questions: [first, second].flatMap((workspace) =>
      questionsOf(workspace, plan, calendarFor(workspace, workspace.timeZone)),
    ),
    calendarOf: ({ workspace, timeZone }) => calendarFor(workspace === first.slug ? first : second, timeZone),
  }
}

type Ask = Partial<Omit<Question, 'workspace' | 'dimensions'>>

function questionsOf(workspace: Workspace, plan: Window, calendar: ReferenceCalendar): Question[] {
  const ownZone = workspace.timeZone
  const otherZone = workspace.slug === 'kauri' ? 'America/New_York' : 'Australia/Lord_Howe'
  const whole = { fromMs: plan.fromMs - 3 * DAY_MS, toMs: plan.toMs + DAY_MS }
  const days = (from: number, count: number): Window => ({
    fromMs: calendar.midnight(plan.toMs, -from),
    toMs: calendar.midnight(plan.toMs, -from + count),
  })
  const month = days(40, 30)
  const ragged = { fromMs: plan.toMs - 47 * DAY_MS - 25_931_007, toMs: plan.toMs - 2 * DAY_MS - 7_654_321 }
  const ask = (name: string, dimensions: readonly string[], options: Ask = {}): Question => ({
    name: `${workspace.slug}: ${name}`,
    workspace: workspace.slug,
    dimensions,
    window: options.window ?? whole,
    granularity: options.granularity ?? null,
    timeZone: options.timeZone ?? ownZone,
    filters: options.filters ?? EVERYTHING,
    limit: options.limit ?? null,
    other: options.other ?? false,
    compare: options.compare ?? null,
    withStates: options.withStates ?? false,
    withCsv: options.withCsv ?? false,
  })
  const by = (...dimensions: string[]) => ask(`by ${dimensions.join(' × ')}`, dimensions)
  const over = (granularity: Granularity, window: Window, timeZone = ownZone) =>
    ask(`by ${granularity} in ${timeZone}`, [], { granularity, window, timeZone })
  const having = (name: string, dimensions: readonly string[], filters: readonly QuestionFilter[], options: Ask = {}) =>
    ask(`${name}, by ${dimensions.join(' × ') || 'nothing'}`, dimensions, {
      ...options,
      filters: [...EVERYTHING, ...filters],
    })

  return [
    ask('totals', [], { withStates: true }),
    ask('totals of prod and real', [], { filters: REAL_PROD, window: month, withStates: true }),
    ask('totals of a ragged range', [], { window: ragged }),
    over('hour', days(12, 5)),
    over('hour', days(20, 3), otherZone),
    over('day', whole),
    over('day', month, otherZone),
    over('day', ragged),
    over('week', whole),
    over('week', whole, otherZone),
    over('month', whole),
    over('month', whole, otherZone),
    over('quarter', whole),
    over('fiscalYear', whole),
    ask('by endpoint', ['endpoint'], { window: month, withStates: true, withCsv: true }),
    ask('by user', ['user'], { withCsv: true }),
    ask('by user in a ragged range', ['user'], { window: ragged, filters: REAL_PROD }),
    by('promptVersion'),
    by('endpoint', 'promptVersion'),
    ask('by model', ['model'], { withStates: true }),
    ask('by provider', ['provider'], { withStates: true }),
    ask('by provider in a ragged range', ['provider'], { window: ragged }),
    by('provider', 'model'),
    ask('by provider × model × day', ['provider', 'model'], { window: month, granularity: 'day', withCsv: true }),
    ask('by model × hour', ['model'], { window: days(9, 2), granularity: 'hour' }),
    ask('by endpoint × day', ['endpoint'], { window: days(33, 21), granularity: 'day', filters: REAL_PROD }),
    ask('by user × week', ['user'], { window: days(60, 28), granularity: 'week' }),
    by('environment', 'dataMode'),
    by('status'),
    ask('by status × day', ['status'], { window: month, granularity: 'day' }),
    by('errorCode'),
    by('serviceTier'),
    by('region'),
    by('apiKey'),
    by('tag.team'),
    by('tag.team', 'model'),
    having(
      'three endpoints',
      ['promptVersion'],
      [{ dimension: 'endpoint', operator: 'in', values: ['endpoint-0', 'endpoint-3', null] }],
    ),
    having(
      'not two models',
      ['provider'],
      [{ dimension: 'model', operator: 'notIn', values: ['gpt-4o', 'claude-sonnet-4-5'] }],
    ),
    having('users with a', ['endpoint'], [{ dimension: 'user', operator: 'contains', values: ['0A', 'fix'] }], {
      window: ragged,
    }),
    having('one provider', [], [{ dimension: 'provider', operator: 'in', values: ['openai'] }], { granularity: 'day' }),
    having('one model', ['endpoint'], [{ dimension: 'model', operator: 'in', values: ['gpt-4o'] }]),
    having('two providers', ['model'], [{ dimension: 'provider', operator: 'in', values: ['openai', 'aws'] }], {
      window: month,
      granularity: 'day',
    }),
    having('failures', ['endpoint'], [{ dimension: 'status', operator: 'notIn', values: ['success'] }]),
    having('one tag', ['model'], [{ dimension: 'tag.team', operator: 'in', values: ['team-1', null] }]),
    having('one key', [], [{ dimension: 'apiKey', operator: 'in', values: ['edge'] }], { granularity: 'month' }),
    ask('top 5 endpoints', ['endpoint'], { window: month, limit: 5, other: true, withCsv: true }),
    ask('top 20 users by day', ['user'], { window: days(25, 14), limit: 20, other: true, granularity: 'day' }),
    ask('top 3 providers', ['provider'], { limit: 3, other: true }),
    ask('top 4 provider × model by week', ['provider', 'model'], { limit: 4, other: true, granularity: 'week' }),
    ask('top 7 models', ['model'], { limit: 7, window: ragged }),
    ask('endpoints against before', ['endpoint'], {
      window: days(20, 10),
      compare: { window: days(30, 10), as: 'previous' },
      withCsv: true,
    }),
    ask('days against before', [], {
      window: days(20, 10),
      granularity: 'day',
      compare: { window: days(30, 10), as: 'previous' },
    }),
    ask('top 3 models against another month', ['model'], {
      window: month,
      limit: 3,
      other: true,
      compare: { window: days(80, 30), as: 'explicit' },
    }),
    ask('untimed', [], { filters: UNTIMED, window: { fromMs: plan.toMs, toMs: plan.toMs + 3 * DAY_MS } }),
    ask('untimed by model', ['model'], {
      filters: UNTIMED,
      window: { fromMs: plan.toMs, toMs: plan.toMs + 3 * DAY_MS },
    }),
  ]
}
