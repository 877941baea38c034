'use client'

import Link from 'next/link'
import type { ReactNode } from 'react'
import { ChartFrame } from '@/components/charts/chart-frame'
import { type PreparedRankingItem, prepareRanking, type RankingItem } from '@/components/charts/prepare-ranking'
import { type DataColumn, DataTable } from '@/components/tables/data-table'
import { classNames } from '@/components/ui/class-names'
import type { Explanation } from '@/components/ui/explain'
import { formatRatio, formatValue, type ValueFormat } from '@/lib/format'

/** Horizontal bars, largest first; every bar may lead to a filtered view. Drawn in HTML, so that labels are links. */
export function RankingChart({
  title,
  unit,
  explanation,
  items,
  total = null,
  format,
  notice,
  actions,
  state,
}: {
  title: string
  unit: string
  explanation?: Explanation
  items: readonly RankingItem[]
  /** For shares; leave out for measures that do not add up. */
  total?: string | null
  format: ValueFormat
  notice?: ReactNode
  actions?: ReactNode
  state?: ReactNode
}) {
  const ranked = prepareRanking(items, total)
  const columns: DataColumn<PreparedRankingItem>[] = [
    { key: 'label', header: 'Name', kind: 'text', value: (item) => item.label, href: (item) => item.href ?? null },
    { key: 'value', header: title, kind: format.kind, value: (item) => item.value },
  ]
  if (total !== null) columns.push({ key: 'share', header: 'Share', kind: 'ratio', value: (item) => item.share })
  return (
    <ChartFrame
      title={title}
      unit={unit}
      explanation={explanation}
      notice={notice}
      actions={actions}
      state={state}
      isEmpty={ranked.length === 0}
      table={
        <DataTable
          caption={`${title} as a table`}
          columns={columns}
          rows={ranked}
          rowKey={(item) => item.key}
          currency={format.kind === 'money' ? format.currency : 'USD'}
          timeZone="UTC"
        />
      }
    >
      <ol className="grid grid-cols-[minmax(6rem,auto)_1fr_auto_auto] items-center gap-x-3 px-2 pb-1">
        {ranked.map((item) => (
          <li key={item.key} className="col-span-full grid h-7 grid-cols-subgrid items-center">
            <span className={classNames('max-w-48 truncate', item.other && 'text-ink-muted')} title={item.label}>
              {item.href ? (
                <Link
                  href={item.href}
                  className="hover:text-accent rounded-sm hover:underline hover:underline-offset-3"
                >
                  {item.label}
                </Link>
              ) : (
                item.label
              )}
            </span>
            <span aria-hidden className="h-2.5">
              <span
                className="block h-full rounded-[2px]"
                style={{
                  width: `${item.lengthPercent}%`,
                  backgroundColor: item.other ? 'var(--color-chart-other)' : 'var(--color-chart-1)',
                }}
              />
            </span>
            <span className="text-right font-medium" title={formatValue(item.value, format, 'exact')}>
              {formatValue(item.value, format)}
            </span>
            <span className="text-ink-muted min-w-12 text-right text-xs">
              {item.share === null ? '' : formatRatio(item.share, { decimals: 1 })}
            </span>
          </li>
        ))}
      </ol>
    </ChartFrame>
  )
}
