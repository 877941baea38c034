'use client'

import { useEffect, useRef, useState } from 'react'
import { z } from 'zod'
import { TimeChart } from '@/components/charts/time-chart'
import { type DataColumn, DataTable } from '@/components/tables/data-table'
import { Button, ButtonLink } from '@/components/ui/button'
import { Panel } from '@/components/ui/panel'
import { SegmentedControl } from '@/components/ui/segmented-control'
import { EmptyState, ErrorState, LoadingState } from '@/components/ui/states'
import type { AlertFacts } from '@/lib/alerts/alert-facts'
import { formatOfMeasure } from '@/lib/metrics/measure-format'
import { MEASURE_NAMES, type MeasureName, measureOf } from '@/lib/metrics/registry'
import { type BackTestAnswer, backTestSchema } from '@/lib/rules/back-test-answer'
import type { RuleFields } from '@/lib/rules/rule-form'
import { RULE_WINDOWS, type RuleWindow } from '@/lib/rules/rule-schema'

type Tested =
  | { state: 'idle' }
  | { state: 'loading' }
  | { state: 'failed'; message: string }
  | { state: 'done'; fields: RuleFields; answer: BackTestAnswer }

const problem = z.object({ message: z.string() })
const TYPING_PAUSE_MS = 700

/** When the rule, as it stands in the form, would have fired in the past 90 days; asked for again as it changes. */
export function RuleTest({
  workspace,
  fields,
  onSensitivity,
}: {
  workspace: { slug: string; timeZone: string }
  fields: RuleFields
  onSensitivity: (threshold: string) => void
}) {
  const [tested, setTested] = useState<Tested>({ state: 'idle' })
  const [isLive, setLive] = useState(false)
  const turn = useRef(0)
  const asked = useRef('')
  useEffect(() => {
    const body = JSON.stringify(fields)
    if (!isLive || body === asked.current) return
    const timer = setTimeout(() => void test(body), asked.current === '' ? 0 : TYPING_PAUSE_MS)
    const test = async (sent: string) => {
      asked.current = sent
      turn.current += 1
      const mine = turn.current
      setTested((before) => (before.state === 'done' ? before : { state: 'loading' }))
      const next = await askTest(workspace.slug, fields, sent)
      if (mine === turn.current) setTested(next)
    }
    return () => clearTimeout(timer)
  }, [isLive, fields, workspace.slug])
  const isStale = tested.state === 'done' && JSON.stringify(tested.fields) !== JSON.stringify(fields)
  const restart = () => {
    asked.current = ''
    setLive(true)
    setTested({ state: 'loading' })
  }
  return (
    <div className="flex min-w-0 flex-col gap-4" aria-busy={isStale || tested.state === 'loading'}>
      <Panel
        title="Test this rule"
        note="on the past 90 days"
        actions={
          <Button onClick={restart} disabled={tested.state === 'loading'}>
            Test this rule
          </Button>
        }
      >
        <p role="status" className="text-ink-muted">
          {summaryOf(tested, isStale)}
        </p>
        {tested.state === 'done' && tested.answer.sensitivities.length > 0 && (
          <div className="mt-3 flex flex-col gap-1">
            <span className="font-medium">Sensitivity, and how often it would have fired</span>
            <div className="scroll-slim overflow-x-auto">
              <SegmentedControl
                label="Sensitivity"
                value={fields.threshold}
                onChange={onSensitivity}
                segments={tested.answer.sensitivities.map(({ threshold, count }) => ({
                  value: threshold,
                  label: `${threshold}: ${count} ${count === 1 ? 'time' : 'times'}`,
                }))}
              />
            </div>
          </div>
        )}
      </Panel>
      {tested.state === 'loading' && <LoadingState label="the test" className="min-h-60" />}
      {tested.state === 'failed' && (
        <ErrorState title="The rule could not be tested" onRetry={restart}>
          {tested.message}
        </ErrorState>
      )}
      {tested.state === 'done' && <Findings tested={tested} timeZone={workspace.timeZone} />}
    </div>
  )
}

function summaryOf(tested: Tested, isStale: boolean): string {
  if (tested.state === 'idle')
    return 'See when it would have fired, and what the message would say, before you save it.'
  if (tested.state === 'loading' || isStale) return 'Testing …'
  if (tested.state === 'failed') return tested.message
  const { count, groups } = tested.answer
  const over = tested.fields.groupBy === '' ? '' : ` over ${groups} ${groups === 1 ? 'group' : 'groups'}`
  return `It would have fired ${count} ${count === 1 ? 'time' : 'times'} in the past 90 days${over}.`
}

async function askTest(workspace: string, fields: RuleFields, body: string): Promise<Tested> {
  try {
    const response = await fetch(`/api/w/${encodeURIComponent(workspace)}/rules/test`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    })
    const answer: unknown = await response.json()
    if (response.ok) return { state: 'done', fields, answer: backTestSchema.parse(answer) }
    return { state: 'failed', message: problem.parse(answer).message }
  } catch {
    return { state: 'failed', message: 'Farthing does not answer at the moment. Try again in a moment.' }
  }
}

function Findings({
  tested: { answer, fields },
  timeZone,
}: {
  tested: Extract<Tested, { state: 'done' }>
  timeZone: string
}) {
  const measure: MeasureName = MEASURE_NAMES.find((name) => name === fields.measure) ?? 'spend'
  const window: RuleWindow = RULE_WINDOWS.find((name) => name === fields.window) ?? 'day'
  const { shown, firings, preview } = answer
  return (
    <>
      {shown && shown.points.length > 1 && (
        <TimeChart
          title={shown.label === null ? measureOf(measure).label : `${measureOf(measure).label}: ${shown.label}`}
          unit={`per ${window}, upright lines where it would have fired`}
          shape="lines"
          additive={false}
          points={shown.points.flatMap(({ start, value, bound }) => [
            { bucket: start, series: 'value', value },
            { bucket: start, series: 'bound', value: bound },
          ])}
          buckets={shown.points.map(({ start }) => start)}
          labels={{ value: measureOf(measure).label, bound: 'Threshold' }}
          granularity={window}
          timeZone={timeZone}
          format={formatOfMeasure(measure, 'USD')}
          marks={firings.filter(({ isShown }) => isShown).map(({ windowStart }) => windowStart)}
        />
      )}
      <Panel title="It would have fired" flush>
        <DataTable
          caption="When the rule would have fired"
          columns={FIRING_COLUMNS}
          rows={firings}
          rowKey={(row) => `${row.firedAt} ${row.label ?? ''}`}
          currency="USD"
          timeZone={timeZone}
          maxHeight="20rem"
          empty={<EmptyState title="Never in the past 90 days">Lower the threshold to see when it would.</EmptyState>}
        />
      </Panel>
      {preview && (
        <Panel title="The message" note={firings.length > 0 ? 'as of the last firing' : 'as of the newest window'}>
          <Message facts={preview} />
        </Panel>
      )}
    </>
  )
}

const FIRING_COLUMNS: DataColumn<BackTestAnswer['firings'][number]>[] = [
  { key: 'firedAt', header: 'At', kind: 'date', value: (row) => new Date(row.firedAt).toISOString() },
  { key: 'label', header: 'Of', kind: 'text', value: (row) => row.label, nullText: 'the whole' },
  { key: 'crossed', header: 'What crossed what', kind: 'text', value: (row) => row.crossed },
  {
    key: 'resolvedAt',
    header: 'Until',
    kind: 'date',
    value: (row) => row.resolvedAt && new Date(row.resolvedAt).toISOString(),
    nullText: 'still firing',
  },
]

/** What a message says, in the order in which it says it. */
function Message({ facts }: { facts: AlertFacts }) {
  return (
    <div className="flex flex-col gap-2">
      <p className="font-semibold">{facts.title}</p>
      <p>{facts.crossed}</p>
      <p className="text-ink-muted">{facts.scope}</p>
      {facts.drivers.length > 0 && (
        <ol aria-label="What drives it" className="list-decimal pl-5">
          {facts.drivers.map(({ label, value, change }) => (
            <li key={label}>
              {label}: {value}
              {change && ` (${change})`}
            </li>
          ))}
        </ol>
      )}
      <p>{facts.nextStep}</p>
      <p>
        <ButtonLink href={facts.viewPath}>Open the exact view</ButtonLink>
      </p>
    </div>
  )
}
