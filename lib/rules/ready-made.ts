import type { RuleDefinitionInput } from '@/lib/rules/rule-schema'

export type ReadyMadeRule = { id: string; description: string; rule: RuleDefinitionInput }

const BASE = {
  kind: 'static',
  filters: [],
  groupBy: null,
  window: 'hour',
  comparison: null,
  direction: 'above',
  forMinutes: 0,
  hysteresisPercent: 10,
  minVolume: 50,
  severity: 'warning',
  noData: 'recover',
  ownerId: null,
  escalationPathId: null,
} satisfies Partial<RuleDefinitionInput>

/** Rules that most teams want, to start from. */
export const READY_MADE_RULES: readonly ReadyMadeRule[] = [
  {
    id: 'unknown-models',
    description: 'More than 2 % of the attempts of an hour call a model without a price: their cost is unknown.',
    rule: { ...BASE, name: 'Unknown models', measure: 'unknownModelRatio', threshold: '0.02' },
  },
  {
    id: 'retries',
    description: 'More than 5 % of the attempts of an hour are retries: each is paid again.',
    rule: { ...BASE, name: 'Retries', measure: 'retryRatio', threshold: '0.05', forMinutes: 10 },
  },
  {
    id: 'fallbacks',
    description: 'More than 5 % of the requests of an hour fall back to another provider or model.',
    rule: { ...BASE, name: 'Fallbacks', measure: 'fallbackRatio', threshold: '0.05', forMinutes: 10 },
  },
  {
    id: 'errors',
    description: 'More than 5 % of the requests of an hour fail in the end.',
    rule: { ...BASE, name: 'Failed requests', measure: 'errorRatio', threshold: '0.05', severity: 'critical' },
  },
  {
    id: 'prompt-version-cost',
    description: 'A request costs 15 % more under a new prompt version than in the week before it.',
    rule: {
      ...BASE,
      name: 'Cost per request after a new prompt version',
      kind: 'change',
      measure: 'costPerRequest',
      groupBy: 'endpoint',
      window: 'day',
      comparison: 'beforeVersion',
      threshold: '0.15',
    },
  },
  {
    id: 'output-tokens',
    description: 'Answers are 20 % longer than on the same weekday last week.',
    rule: {
      ...BASE,
      name: 'Output tokens per request',
      kind: 'change',
      measure: 'outputTokensPerRequest',
      groupBy: 'endpoint',
      window: 'day',
      comparison: 'sameLastWeek',
      threshold: '0.2',
    },
  },
  {
    id: 'endpoint-share',
    description: 'One endpoint makes more than 50 % of the spend of a day.',
    rule: {
      ...BASE,
      name: 'One endpoint dominates the spend',
      measure: 'topNShare',
      groupBy: 'endpoint',
      window: 'day',
      threshold: '0.5',
      forMinutes: 60,
    },
  },
  {
    id: 'user-share',
    description: 'One user makes more than 20 % of the spend of a day.',
    rule: {
      ...BASE,
      name: 'One user dominates the spend',
      measure: 'topNShare',
      groupBy: 'user',
      window: 'day',
      threshold: '0.2',
      forMinutes: 60,
    },
  },
  {
    id: 'spend-anomaly',
    description: 'The spend of an hour is far above what is usual at that hour of that weekday.',
    rule: { ...BASE, name: 'Unusual spend', kind: 'anomaly', measure: 'spend', threshold: '4', minVolume: 20 },
  },
]

/** An empty rule to fill in. */
export const BLANK_RULE: RuleDefinitionInput = { ...BASE, name: '', measure: 'spend', threshold: '100', window: 'day' }
