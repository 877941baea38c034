'use client'

import { type ReactNode, useId, useMemo, useState } from 'react'
import {
  Area,
  Bar,
  CartesianGrid,
  ComposedChart,
  Line,
  ReferenceArea,
  ReferenceLine,
  Tooltip,
  XAxis,
  YAxis,
} from 'recharts'
import { axisTicks } from '@/components/charts/axis-ticks'
import { ChartFrame } from '@/components/charts/chart-frame'
import {
  type PreparedBucket,
  type PreparedSeries,
  prepareTimeSeries,
  type SeriesPoint,
} from '@/components/charts/prepare-time-series'
import { type DataColumn, DataTable } from '@/components/tables/data-table'
import type { Explanation } from '@/components/ui/explain'
import { FLOATING } from '@/components/ui/popover'
import { formatBucket, formatValue, type ValueFormat } from '@/lib/format'
import type { Granularity } from '@/lib/time'

export type TimeChartProps = {
  title: string
  unit: string
  explanation?: Explanation
  /** Stacks add up: only additive measures may be drawn as `bars` or `areas`. */
  shape: 'bars' | 'areas' | 'lines'
  additive: boolean
  points: readonly SeriesPoint[]
  buckets?: readonly string[]
  unfinishedBucket?: string | null
  granularity: Granularity
  timeZone: string
  format: ValueFormat
  /** Names of values ("gpt-5-mini" → "GPT-5 mini"); null is unattributed. */
  labels?: Readonly<Record<string, string>>
  /** Name of the one series when nothing is stacked. */
  singleLabel?: string
  heightPx?: number
  /** Starts of buckets in which something happened: drawn as upright lines. */
  marks?: readonly string[]
  notice?: ReactNode
  /** Name of the scenario under which the numbers are. */
  scenario?: string
  actions?: ReactNode
  state?: ReactNode
}

type DrawnBucket = { start: string } & Record<string, number | string | null>

const AXIS_TEXT = { fontSize: 11, fill: 'var(--color-ink-muted)' }

/** A measure over time: stacked bars or areas of an additive measure, lines of any. */
export function TimeChart(props: TimeChartProps) {
  const { points, buckets, additive, unfinishedBucket, labels, singleLabel, format, granularity, timeZone } = props
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set())
  const prepared = useMemo(
    () =>
      prepareTimeSeries({
        points,
        buckets,
        additive,
        unfinishedBucket,
        singleLabel,
        labelOf: (name) => (name === null ? 'Unattributed' : (labels?.[name] ?? name)),
      }),
    [points, buckets, additive, unfinishedBucket, singleLabel, labels],
  )
  const visible = useMemo(() => prepared.series.filter((series) => !hidden.has(series.id)), [prepared, hidden])
  const toggle = (id: string) => {
    const next = new Set(hidden)
    if (!next.delete(id)) next.add(id)
    setHidden(next.size === prepared.series.length ? new Set() : next)
  }
  return (
    <ChartFrame
      title={props.title}
      unit={props.unit}
      explanation={props.explanation}
      notice={props.notice}
      scenario={props.scenario}
      actions={props.actions}
      state={props.state}
      isEmpty={prepared.series.length === 0}
      legend={prepared.series}
      hidden={hidden}
      onToggle={toggle}
      table={
        <BucketTable
          title={props.title}
          series={prepared.series}
          buckets={prepared.buckets}
          format={format}
          granularity={granularity}
          timeZone={timeZone}
        />
      }
    >
      <TimeDrawing
        title={props.title}
        unit={props.unit}
        shape={props.shape}
        series={visible}
        buckets={prepared.buckets}
        additive={additive}
        format={format}
        granularity={granularity}
        timeZone={timeZone}
        heightPx={props.heightPx ?? 240}
        marks={props.marks ?? []}
      />
    </ChartFrame>
  )
}

type DrawingProps = {
  title: string
  unit: string
  shape: 'bars' | 'areas' | 'lines'
  series: PreparedSeries[]
  buckets: PreparedBucket[]
  additive: boolean
  format: ValueFormat
  granularity: Granularity
  timeZone: string
  heightPx: number
  marks: readonly string[]
}

/** Key of a line's last stretch into the unfinished bucket, drawn dashed. */
const dashedKey = (id: string) => `${id}-unfinished`

function TimeDrawing(props: DrawingProps) {
  const { series, buckets, shape, format, granularity, timeZone } = props
  const patternId = useId()
  const unfinishedIndex = buckets.findIndex((bucket) => bucket.unfinished)
  const data = useMemo(
    () =>
      buckets.map((bucket, index) => {
        const drawn: DrawnBucket = { start: bucket.start }
        for (const { id } of series) {
          const exact = bucket.values[id] ?? null
          const value = exact === null ? null : Number(exact)
          const isTail = shape === 'lines' && unfinishedIndex >= 0
          drawn[id] = isTail && bucket.unfinished ? null : value
          if (isTail) drawn[dashedKey(id)] = index === unfinishedIndex || index === unfinishedIndex - 1 ? value : null
        }
        return drawn
      }),
    [buckets, series, shape, unfinishedIndex],
  )
  const ticks = useMemo(() => {
    const shown = buckets.map((bucket) => series.map(({ id }) => Number(bucket.values[id] ?? '0')))
    return axisTicks(
      shape === 'lines' ? shown.flat() : shown.map((values) => values.reduce((sum, value) => sum + value, 0)),
    )
  }, [buckets, series, shape])
  const bucketBefore = buckets[unfinishedIndex - 1]
  const unfinished = buckets[unfinishedIndex]
  return (
    <ComposedChart
      responsive
      data={data}
      title={`${props.title}, ${props.unit}`}
      desc="Left and right arrow keys move between buckets. View as table shows the same numbers."
      margin={{ top: 8, right: 8, bottom: 0, left: 0 }}
      barCategoryGap={buckets.length > 60 ? 1 : '12%'}
      style={{ width: '100%', height: props.heightPx }}
    >
      <defs>
        {series.map(({ id, color }) => (
          <pattern
            key={id}
            id={`${patternId}-${id}`}
            width={5}
            height={5}
            patternUnits="userSpaceOnUse"
            patternTransform="rotate(45)"
          >
            <rect width={5} height={5} fill={color} fillOpacity={0.28} />
            <rect width={2} height={5} fill={color} />
          </pattern>
        ))}
        <pattern
          id={`${patternId}-wait`}
          width={6}
          height={6}
          patternUnits="userSpaceOnUse"
          patternTransform="rotate(45)"
        >
          <rect width={2} height={6} fill="var(--color-surface)" fillOpacity={0.75} />
        </pattern>
      </defs>
      <CartesianGrid vertical={false} stroke="var(--color-chart-grid)" />
      <XAxis
        dataKey="start"
        tickFormatter={(start: string) => formatBucket(start, granularity, timeZone, { style: 'short' })}
        tick={AXIS_TEXT}
        tickLine={false}
        axisLine={{ stroke: 'var(--color-line-strong)' }}
        interval="equidistantPreserveStart"
        minTickGap={24}
        height={24}
      />
      <YAxis
        width="auto"
        tickFormatter={(value: number) => formatValue(value, format, 'compact')}
        tick={AXIS_TEXT}
        tickLine={false}
        axisLine={false}
        ticks={ticks}
        domain={[ticks[0] ?? 0, ticks.at(-1) ?? 1]}
      />
      <Tooltip
        isAnimationActive={false}
        cursor={shape === 'bars' ? { fill: 'var(--color-hover)' } : { stroke: 'var(--color-line-strong)' }}
        wrapperStyle={{ zIndex: 30, outline: 'none' }}
        content={({ active, label }) => (
          <BucketTooltip bucket={active ? buckets.find((bucket) => bucket.start === label) : undefined} {...props} />
        )}
      />
      {props.marks.map((start) => (
        <ReferenceLine key={start} x={start} stroke="var(--color-bad)" strokeOpacity={0.6} strokeWidth={1.5} />
      ))}
      {shape === 'bars' &&
        series.map(({ id, label, color }) => (
          <Bar
            key={id}
            dataKey={id}
            name={label}
            stackId="stack"
            fill={color}
            isAnimationActive={false}
            shape={({ x, y, width, height, index }) => (
              <rect
                x={x}
                y={y}
                width={Math.max(0, width)}
                height={Math.max(0, height)}
                fill={index === unfinishedIndex ? `url(#${patternId}-${id})` : color}
                stroke="var(--color-surface)"
                strokeWidth={height > 3 && series.length > 1 ? 0.75 : 0}
              />
            )}
          />
        ))}
      {shape === 'areas' &&
        series.map(({ id, label, color }) => (
          <Area
            key={id}
            dataKey={id}
            name={label}
            stackId="stack"
            type="linear"
            fill={color}
            fillOpacity={0.85}
            stroke="var(--color-surface)"
            strokeWidth={0.75}
            isAnimationActive={false}
            activeDot={false}
          />
        ))}
      {shape === 'areas' && unfinished && bucketBefore && (
        <ReferenceArea
          x1={bucketBefore.start}
          x2={unfinished.start}
          fill={`url(#${patternId}-wait)`}
          fillOpacity={1}
          zIndex={450}
        />
      )}
      {shape === 'lines' &&
        series.map(({ id, label, color, other }) => (
          <Line
            key={id}
            dataKey={id}
            name={label}
            type="linear"
            stroke={color}
            strokeWidth={1.75}
            strokeDasharray={other ? '1 3' : undefined}
            dot={buckets.length === 1}
            activeDot={{ r: 3 }}
            connectNulls={false}
            isAnimationActive={false}
          />
        ))}
      {shape === 'lines' &&
        unfinished &&
        series.map(({ id, label, color }) => (
          <Line
            key={dashedKey(id)}
            dataKey={dashedKey(id)}
            name={label}
            type="linear"
            stroke={color}
            strokeWidth={1.75}
            strokeDasharray="3 3"
            dot={false}
            activeDot={{ r: 3 }}
            isAnimationActive={false}
          />
        ))}
    </ComposedChart>
  )
}

/** Exact values of one bucket, topmost of the stack first. */
function BucketTooltip({
  bucket,
  series,
  additive,
  shape,
  format,
  granularity,
  timeZone,
}: DrawingProps & { bucket: PreparedBucket | undefined }) {
  if (!bucket) return null
  const stacked = shape !== 'lines'
  const listed = stacked ? [...series].reverse() : series
  return (
    <div className={`${FLOATING} max-w-80 px-3 py-2 text-xs`}>
      <p className="mb-1 font-semibold">
        {formatBucket(bucket.start, granularity, timeZone)}
        {bucket.unfinished && <span className="text-warn ml-1.5 font-medium">unfinished</span>}
      </p>
      <table>
        <tbody>
          {listed.map(({ id, label, color }) => (
            <tr key={id}>
              <td className="pr-2">
                <span
                  aria-hidden
                  className="mr-1.5 inline-block size-2 rounded-[2px]"
                  style={{ backgroundColor: color }}
                />
                <span className="inline-block max-w-44 truncate align-bottom">{label}</span>
              </td>
              <td className="text-right">{formatValue(bucket.values[id] ?? null, format)}</td>
            </tr>
          ))}
        </tbody>
        {additive && stacked && bucket.total !== null && series.length > 1 && (
          <tfoot>
            <tr className="font-semibold">
              <td className="border-line border-t pt-1 pr-2">All series</td>
              <td className="border-line border-t pt-1 text-right">{formatValue(bucket.total, format)}</td>
            </tr>
          </tfoot>
        )}
      </table>
    </div>
  )
}

function BucketTable({
  title,
  series,
  buckets,
  format,
  granularity,
  timeZone,
}: {
  title: string
  series: PreparedSeries[]
  buckets: PreparedBucket[]
  format: ValueFormat
  granularity: Granularity
  timeZone: string
}) {
  const columns: DataColumn<PreparedBucket>[] = [
    {
      key: 'bucket',
      header: 'Time',
      kind: 'text',
      value: (bucket) =>
        `${formatBucket(bucket.start, granularity, timeZone)}${bucket.unfinished ? ' (unfinished)' : ''}`,
    },
    ...series.map(
      (each): DataColumn<PreparedBucket> => ({
        key: each.id,
        header: each.label,
        kind: format.kind,
        value: (bucket) => bucket.values[each.id] ?? null,
      }),
    ),
  ]
  if (series.length > 1 && buckets.some((bucket) => bucket.total !== null)) {
    columns.push({ key: 'total', header: 'All series', kind: format.kind, value: (bucket) => bucket.total })
  }
  return (
    <DataTable
      caption={`${title} as a table`}
      columns={columns}
      rows={buckets}
      rowKey={(bucket) => bucket.start}
      currency={format.kind === 'money' ? format.currency : 'USD'}
      timeZone={timeZone}
      maxHeight="20rem"
    />
  )
}
