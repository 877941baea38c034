'use client'

import { formatOfMeasure, goodWhen, previousTextOf, textOf } from '@/app/(console)/measure-columns'
import type { Answer } from '@/app/(console)/use-answers'
import { HeadlineNumber, HeadlineRow } from '@/components/ui/headline-number'
import { ErrorState, LoadingState } from '@/components/ui/states'
import { COST_VIEW_LABELS, type CostView } from '@/lib/fixed-costs/cost-view'
import { formatCompactCount, formatDateTime, formatMoney, formatRange } from '@/lib/format'
import { type MeasureName, measureOf } from '@/lib/metrics/registry'
import type { QueryMeta, QueryResult } from '@/lib/metrics/result'

/** The totals of an answer as headline numbers, each with its change, its definition and its course over the range. */
export function Headline({
  measures,
  answer,
  overTime,
  hrefOf,
  booked,
}: {
  measures: readonly MeasureName[]
  answer: Answer
  /** The same measures by time, for the sparklines. */
  overTime?: QueryResult | null
  hrefOf?: (measure: MeasureName) => string | undefined
  /** What stands beside the spend of a closed month. */
  booked?: BookedMonth | null
}) {
  if (answer.error) {
    return (
      <ErrorState title="The totals could not be loaded" onRetry={answer.retry}>
        {answer.error}
      </ErrorState>
    )
  }
  if (!answer.data) {
    return (
      <HeadlineRow>
        {measures.map((name) => (
          <div key={name} className="bg-surface px-4 py-3">
            <LoadingState label={measureOf(name).label} shape="number" />
          </div>
        ))}
      </HeadlineRow>
    )
  }
  const { totals, meta } = answer.data
  return (
    <HeadlineRow>
      {measures.map((name) => (
        <HeadlineNumber
          key={name}
          label={measureOf(name).label}
          value={textOf(totals, name)}
          format={formatOfMeasure(name, meta.currency)}
          unit={unitOf(name, meta)}
          previous={previousTextOf(totals, name)}
          goodWhen={goodWhen(name)}
          explanation={explainMeasure(name, meta)}
          href={hrefOf?.(name)}
          sparkline={overTime?.rows.map((row) => textOf(row, name))}
          partial={partialOf(name, meta)}
          aside={name === 'spend' ? asideOf(booked) : undefined}
          mark={meta.scenario ? 'Scenario: not what was spent' : undefined}
        />
      ))}
    </HeadlineRow>
  )
}

/** A closed month, as a page that shows the same range and scope names it. Money in USD. */
export type BookedMonth = { spend: string | null; href: string }

function asideOf(booked: BookedMonth | null | undefined): { label: string; href: string } | undefined {
  if (!booked) return undefined
  const amount = booked.spend === null ? 'nothing priced' : formatMoney(booked.spend, 'USD')
  return { label: `booked ${amount}`, href: booked.href }
}

/** Definition, scope and freshness of a measure, as shown on hover. */
export function explainMeasure(name: MeasureName, meta: QueryMeta) {
  const { environments, dataModes, workspaces } = meta.scope
  return {
    definition: measureOf(name).definition,
    scope: [
      workspaces.join(', '),
      environments?.join(', ') ?? 'all environments',
      dataModes?.join(', ') ?? 'all data modes',
      formatRange(meta.from, meta.to, meta.timeZone),
      meta.timeZone,
      ...(meta.costView
        ? [`${costViewText(meta)}, ${formatMoney(meta.idleFixedCost ?? '0', 'USD')} of them idle`]
        : []),
      ...(meta.compare ? [`compared with ${formatRange(meta.compare.from, meta.compare.to, meta.timeZone)}`] : []),
      ...(meta.scenario ? [`under the scenario ${meta.scenario.name}, not what was spent`] : []),
    ].join(' · '),
    freshness: meta.freshness
      ? `newest event received ${formatDateTime(meta.freshness, meta.timeZone, { seconds: true })}`
      : 'no event yet',
  }
}

/** How spend is read, beside what is made of it; undefined where it is by usage alone. */
export function costViewText(meta: QueryMeta | undefined): string | undefined {
  return meta?.costView && COST_VIEW_LABELS[meta.costView].toLowerCase()
}

const MADE_OF_SPEND: ReadonlySet<MeasureName> = new Set([
  'spend',
  'costPerRequest',
  'costPerSuccess',
  'costPerMillionTokens',
])

const UNITS: Record<CostView, string> = { usage: 'usage', usageAndFixed: 'incl. fixed', fixed: 'fixed only' }

/** Money that is not made of spend, such as waste, is by usage whatever the view. */
function unitOf(name: MeasureName, meta: QueryMeta): string | undefined {
  if (!meta.costView || !OF_MONEY.has(measureOf(name).unit)) return undefined
  return UNITS[MADE_OF_SPEND.has(name) ? meta.costView : 'usage']
}

const OF_MONEY: ReadonlySet<string> = new Set(['money', 'moneyPerMillionTokens'])

function partialOf(name: MeasureName, meta: QueryMeta): { label: string } | undefined {
  if (meta.unpricedAttempts === '0' || !OF_MONEY.has(measureOf(name).unit)) return undefined
  if (meta.unpricedTokens !== '0') return { label: `${formatCompactCount(meta.unpricedTokens)} tokens unpriced` }
  const attempts = meta.unpricedAttempts === '1' ? 'attempt' : 'attempts'
  return { label: `${formatCompactCount(meta.unpricedAttempts)} ${attempts} unpriced` }
}
