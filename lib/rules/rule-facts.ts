import type { AlertFacts } from '@/lib/alerts/alert-facts'
import { formatChange, formatChangeRatio, formatDateTime, formatRange, formatRatio, formatValue } from '@/lib/format'
import { formatOfMeasure } from '@/lib/metrics/measure-format'
import { dimensionLabel, type MeasureName, type MeasureUnit, measureOf } from '@/lib/metrics/registry'
import { formatViewState, type ViewState } from '@/lib/metrics/url-state'
import { compareDecimals, ExactDecimal } from '@/lib/money'
import type { RuleGroup } from '@/lib/rules/back-test'
import type { Verdict } from '@/lib/rules/judge'
import type { RuleDefinition } from '@/lib/rules/rule-schema'
import { formatIsoInZone } from '@/lib/time'

export type FactsWorkspace = { slug: string; name: string; timeZone: string }

const UNIT: Record<MeasureUnit, AlertFacts['unit']> = {
  money: 'USD',
  moneyPerMillionTokens: 'USD',
  count: 'count',
  tokens: 'tokens',
  tokensPerRequest: 'tokens',
  ratio: 'ratio',
  factor: 'count',
  milliseconds: 'ms',
  totalMilliseconds: 'ms',
}

const NEXT_STEP: Partial<Record<MeasureName, string>> = {
  unknownModelRatio: 'Open the view: say there which model each unknown name stands for, or add its price.',
  unpricedTokens: 'Open the view: say there which model each unknown name stands for, or add its price.',
  pricingCoverage: 'Open the view: say there which model each unknown name stands for, or add its price.',
  retryRatio: 'Look at the error codes of the retried attempts in the view, and at the provider’s status page.',
  retries: 'Look at the error codes of the retried attempts in the view, and at the provider’s status page.',
  fallbackRatio: 'Look at which provider is left in the view, and whether what it falls back to costs more.',
  errorRatio: 'Look at the error codes in the view, and at the provider’s status page.',
  attemptErrorRatio: 'Look at the error codes in the view, and at the provider’s status page.',
  topNShare: 'Open the view and check whether this share is meant; if not, ask its owner or set a limit.',
  outputTokensPerRequest: 'Compare the prompt versions in the view; limit the output tokens or roll the version back.',
  costPerRequest: 'Compare the prompt versions and models in the view; roll back what made requests dearer.',
}
const DEFAULT_NEXT_STEP = 'Open the view, find what drives it, and tell its owner.'

/**
 * What an alert of a rule says. Pure.
 * @param since when the condition began to hold
 */
export function buildRuleFacts({
  rule,
  workspace,
  group,
  verdict,
  since,
  drivers,
  isRevision,
}: {
  rule: RuleDefinition
  workspace: FactsWorkspace
  group: RuleGroup
  verdict: Verdict
  since: Date
  drivers: AlertFacts['drivers']
  isRevision: boolean
}): AlertFacts {
  const { start, end } = verdict.window
  const name = group.label === null ? rule.name : `${rule.name}: ${group.label}`
  return {
    title: isRevision ? `${name} (revised by late events)` : name,
    scope: [workspace.name, ...scopeWords(rule, group), formatRange(start, end, workspace.timeZone)].join(' · '),
    crossed: crossedWords(rule, verdict, workspace.timeZone),
    value: verdict.value,
    threshold: verdict.bound,
    unit: UNIT[measureOf(rule.measure).unit],
    sharePercent: shareOf(verdict),
    since: since.toISOString(),
    drivers: drivers.slice(0, 3),
    nextStep:
      verdict.reading === 'noData'
        ? 'Check whether events still arrive: the application may be down, or its key may have ended.'
        : (NEXT_STEP[rule.measure] ?? DEFAULT_NEXT_STEP),
    viewPath: viewPathOf(rule, workspace, group, verdict),
    windowStart: start.toISOString(),
    windowEnd: end.toISOString(),
    isRevision,
  }
}

function scopeWords(rule: RuleDefinition, group: RuleGroup): string[] {
  const words = (dimension: string, operator: string, values: readonly (string | null)[]) =>
    `${dimension} ${operator === 'notIn' ? 'is not' : 'is'} ${values.map((value) => value ?? 'unattributed').join(' or ')}`
  return [
    ...rule.filters.map(({ dimension, operator, values }) => words(dimensionLabel(dimension), operator, values)),
    ...group.values.map(({ dimension, value }) => words(dimensionLabel(dimension), 'in', [value])),
  ]
}

const COMPARED_WITH = {
  previous: { hour: 'the hour before', day: 'the day before', week: 'the week before' },
  sameLastWeek: { hour: 'the same hour last week', day: 'the same weekday last week', week: 'the week before' },
  beforeVersion: { hour: 'the week before it', day: 'the week before it', week: 'the week before it' },
} as const

/** What crossed what, in words: "Retry ratio 7.31% is above 5.00%". */
function crossedWords(rule: RuleDefinition, verdict: Verdict, timeZone: string): string {
  const { label } = measureOf(rule.measure)
  const { value, bound, baseline, window } = verdict
  if (value === null || bound === null) {
    return `No attempts since ${formatDateTime(window.start, timeZone)}: ${label.toLowerCase()} cannot be told`
  }
  const format = formatOfMeasure(rule.measure, 'USD')
  const show = (number: string) => formatValue(number, format)
  const isBelow = compareDecimals(value, bound) < 0
  const side = isBelow ? 'below' : 'above'
  if (rule.kind === 'change' && rule.comparison !== null && baseline !== null) {
    const change = formatChangeRatio(formatChange(value, baseline))
    const allowed = `${rule.direction === 'below' ? '−' : '+'}${formatRatio(rule.threshold, { decimals: 0 })}`
    return `${label} ${show(value)} is ${change} against ${show(baseline)} of ${COMPARED_WITH[rule.comparison][rule.window]}, beyond ${allowed}`
  }
  if (rule.kind === 'anomaly' && baseline !== null) {
    const limit = isBelow ? 'at least' : 'at most'
    return `${label} ${show(value)} is ${side} the usual ${show(baseline)} (${limit} ${show(bound)})`
  }
  return `${label} ${show(value)} is ${side} ${show(bound)}`
}

function shareOf({ value, bound }: Verdict): string | null {
  if (value === null || bound === null || new ExactDecimal(bound).isZero()) return null
  return new ExactDecimal(value).div(bound).times(100).toDecimalPlaces(1).toFixed()
}

/** The page that shows the window of an alert with its filters. */
function viewPathOf(
  rule: Pick<RuleDefinition, 'filters' | 'window' | 'measure' | 'groupBy'>,
  workspace: FactsWorkspace,
  group: RuleGroup,
  { window }: Pick<Verdict, 'window'>,
): string {
  const day = (at: Date) => formatIsoInZone(at, workspace.timeZone).slice(0, 10)
  const lastDay = day(new Date(window.end.getTime() - 1))
  const next = new Date(`${lastDay}T00:00:00Z`)
  next.setUTCDate(next.getUTCDate() + 1)
  const scope = (name: string) =>
    rule.filters.filter(({ dimension, operator }) => dimension === name && operator === 'in').flatMap(textsOf)
  const isOfScope = (dimension: string) => dimension === 'environment' || dimension === 'dataMode'
  const view: ViewState = {
    range: `${day(window.start)}..${next.toISOString().slice(0, 10)}`,
    grain: rule.window === 'hour' ? 'hour' : null,
    environments: scope('environment'),
    dataModes: scope('dataMode'),
    costView: 'usage',
    compare: 'previous',
    filters: [
      ...rule.filters
        .filter(({ dimension, operator }) => !(isOfScope(dimension) && operator === 'in'))
        .map(({ dimension, operator, values }) => ({ dimension, operator, values: [...values] })),
      ...group.values.map(({ dimension, value }) => ({ dimension, operator: 'in' as const, values: [value] })),
    ],
    by: null,
    scenario: null,
    sort: null,
  }
  return `/w/${encodeURIComponent(workspace.slug)}/${pageOf(rule)}${formatViewState(view)}`
}

const textsOf = ({ values }: { values: readonly (string | null)[] }): string[] =>
  values.filter((value) => value !== null)

function pageOf({ measure, groupBy }: Pick<RuleDefinition, 'measure' | 'groupBy'>): string {
  if (measure === 'unknownModelRatio' || measure === 'unpricedTokens' || measure === 'pricingCoverage') return 'models'
  if (groupBy === 'user') return 'users'
  return groupBy === 'promptVersion' ? 'prompts' : 'overview'
}
