'use client'

import { Area, CartesianGrid, ComposedChart, Line, ReferenceLine, Tooltip, XAxis, YAxis } from 'recharts'
import { axisTicks } from '@/components/charts/axis-ticks'
import { ChartFrame } from '@/components/charts/chart-frame'
import { type DataColumn, DataTable } from '@/components/tables/data-table'
import { FLOATING } from '@/components/ui/popover'
import { formatDateTime, formatValue } from '@/lib/format'

/** Since the start of the period, at an instant. Decimal strings; null where there is nothing yet, or no longer. */
export type BudgetPoint = {
  at: string
  spend: string | null
  upper: string | null
  expected: string | null
  low: string | null
  high: string | null
}

const AXIS_TEXT = { fontSize: 11, fill: 'var(--color-ink-muted)' }
const SERIES = {
  spend: { label: 'Spend', color: 'var(--color-chart-1)' },
  upper: { label: 'With unpriced usage at most', color: 'var(--color-chart-unpriced)' },
  expected: { label: 'Forecast and its band', color: 'var(--color-chart-4)' },
  amount: { label: 'Amount', color: 'var(--color-bad)' },
} as const

/** Spend of a period so far against its amount, and where it is going. */
export function BudgetChart({
  points,
  amount,
  from,
  to,
  currency,
  timeZone,
  ticks,
  hasUnpriced,
}: {
  points: readonly BudgetPoint[]
  amount: string
  from: string
  to: string
  currency: string
  timeZone: string
  /** Where the time axis is marked, with what it says there. */
  ticks: readonly { at: string; label: string }[]
  hasUnpriced: boolean
}) {
  const number = (value: string | null) => (value === null ? null : Number(value))
  const data = points.map((point) => ({
    at: Date.parse(point.at),
    spend: number(point.spend),
    upper: number(point.upper),
    expected: number(point.expected),
    band: point.low === null || point.high === null ? null : [Number(point.low), Number(point.high)],
  }))
  const values = points.flatMap(({ upper, high }) => [Number(upper ?? '0'), Number(high ?? '0')])
  const valueTicks = axisTicks([...values, Number(amount)])
  const money = (value: string | number | null, precision: 'auto' | 'compact' = 'auto') =>
    formatValue(value, { kind: 'money', currency }, precision)
  const labels = new Map(ticks.map(({ at, label }) => [Date.parse(at), label]))
  const legend = (['spend', 'upper', 'expected', 'amount'] as const)
    .filter((id) => id !== 'upper' || hasUnpriced)
    .map((id) => ({ id, ...SERIES[id] }))
  return (
    <ChartFrame
      title="Spend against the amount"
      unit={`${currency}, since the period began`}
      legend={legend}
      isEmpty={points.length === 0}
      table={<PointTable points={points} currency={currency} timeZone={timeZone} />}
    >
      <ComposedChart
        responsive
        data={data}
        title="Spend against the amount"
        desc="View as table shows the same numbers."
        margin={{ top: 8, right: 8, bottom: 0, left: 0 }}
        style={{ width: '100%', height: 260 }}
      >
        <CartesianGrid vertical={false} stroke="var(--color-chart-grid)" />
        <XAxis
          dataKey="at"
          type="number"
          scale="time"
          domain={[Date.parse(from), Date.parse(to)]}
          ticks={[...labels.keys()]}
          tickFormatter={(at: number) => labels.get(at) ?? ''}
          tick={AXIS_TEXT}
          tickLine={false}
          axisLine={{ stroke: 'var(--color-line-strong)' }}
          minTickGap={24}
          height={24}
        />
        <YAxis
          width="auto"
          tickFormatter={(value: number) => money(value, 'compact')}
          tick={AXIS_TEXT}
          tickLine={false}
          axisLine={false}
          ticks={valueTicks}
          domain={[valueTicks[0] ?? 0, valueTicks.at(-1) ?? 1]}
        />
        <Tooltip
          isAnimationActive={false}
          cursor={{ stroke: 'var(--color-line-strong)' }}
          wrapperStyle={{ zIndex: 30, outline: 'none' }}
          content={({ active, label }) => {
            const point = active ? points.find(({ at }) => Date.parse(at) === Number(label)) : undefined
            return point ? (
              <PointTooltip point={point} money={money} timeZone={timeZone} hasUnpriced={hasUnpriced} />
            ) : null
          }}
        />
        <Area
          dataKey="band"
          type="linear"
          fill={SERIES.expected.color}
          fillOpacity={0.16}
          stroke="none"
          isAnimationActive={false}
          activeDot={false}
        />
        <ReferenceLine y={Number(amount)} stroke={SERIES.amount.color} strokeDasharray="6 3" />
        {hasUnpriced && (
          <Line
            dataKey="upper"
            type="linear"
            stroke={SERIES.upper.color}
            strokeDasharray="2 2"
            strokeWidth={1.5}
            dot={false}
            isAnimationActive={false}
          />
        )}
        <Line
          dataKey="expected"
          type="linear"
          stroke={SERIES.expected.color}
          strokeDasharray="4 3"
          strokeWidth={1.75}
          dot={false}
          isAnimationActive={false}
        />
        <Line
          dataKey="spend"
          type="linear"
          stroke={SERIES.spend.color}
          strokeWidth={2}
          dot={false}
          isAnimationActive={false}
        />
      </ComposedChart>
    </ChartFrame>
  )
}

function PointTooltip({
  point,
  money,
  timeZone,
  hasUnpriced,
}: {
  point: BudgetPoint
  money: (value: string | null) => string
  timeZone: string
  hasUnpriced: boolean
}) {
  const lines: [string, string][] = [
    ...(point.spend === null ? [] : [[SERIES.spend.label, money(point.spend)] satisfies [string, string]]),
    ...(point.upper === null || !hasUnpriced
      ? []
      : [[SERIES.upper.label, money(point.upper)] satisfies [string, string]]),
    ...(point.spend !== null || point.expected === null
      ? []
      : [
          ['Forecast', money(point.expected)] satisfies [string, string],
          ['Band', `${money(point.low)} to ${money(point.high)}`] satisfies [string, string],
        ]),
  ]
  return (
    <div className={`${FLOATING} px-3 py-2 text-xs`}>
      <p className="mb-1 font-semibold">{formatDateTime(point.at, timeZone)}</p>
      <table>
        <tbody>
          {lines.map(([label, value]) => (
            <tr key={label}>
              <td className="pr-3">{label}</td>
              <td className="text-right">{value}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function PointTable({
  points,
  currency,
  timeZone,
}: {
  points: readonly BudgetPoint[]
  currency: string
  timeZone: string
}) {
  const money = (key: Exclude<keyof BudgetPoint, 'at'>, header: string): DataColumn<BudgetPoint> => ({
    key,
    header,
    kind: 'money',
    value: (point) => point[key],
  })
  return (
    <DataTable
      caption="Spend against the amount as a table"
      columns={[
        { key: 'at', header: 'Until', kind: 'date', value: (point) => point.at },
        money('spend', 'Spend'),
        money('upper', 'With unpriced at most'),
        money('expected', 'Forecast'),
        money('low', 'Forecast at least'),
        money('high', 'Forecast at most'),
      ]}
      rows={[...points]}
      rowKey={(point) => point.at}
      currency={currency}
      timeZone={timeZone}
      maxHeight="20rem"
    />
  )
}
