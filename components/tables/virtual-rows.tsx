'use client'

import { useVirtualizer } from '@tanstack/react-virtual'
import { useRef } from 'react'
import { type DrawnCell, RowCells } from '@/components/tables/row-cells'

export type DrawnRow = { key: string; cells: DrawnCell[] }

/**
 * The body of a long table: only rows in sight, real rows and cells, and two spacers for the rest. The document knows
 * each row's place by aria-rowindex.
 */
export function VirtualRows({
  rows,
  columns,
  rowHeightPx,
}: {
  rows: DrawnRow[]
  columns: number
  rowHeightPx: number
}) {
  const body = useRef<HTMLTableSectionElement>(null)
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => body.current?.closest('[data-scroll-region]') ?? null,
    estimateSize: () => rowHeightPx,
    overscan: 12,
    initialRect: { width: 0, height: 40 * rowHeightPx },
  })
  const items = virtualizer.getVirtualItems()
  const before = items[0]?.start ?? 0
  const after = virtualizer.getTotalSize() - (items.at(-1)?.end ?? 0)
  return (
    <tbody ref={body}>
      {before > 0 && <Spacer heightPx={before} columns={columns} />}
      {items.map((item) => {
        const row = rows[item.index]
        if (!row) return null
        return (
          <tr key={row.key} aria-rowindex={item.index + 2} className="bg-surface hover:bg-hover">
            <RowCells cells={row.cells} />
          </tr>
        )
      })}
      {after > 0 && <Spacer heightPx={after} columns={columns} />}
    </tbody>
  )
}

function Spacer({ heightPx, columns }: { heightPx: number; columns: number }) {
  return (
    <tr aria-hidden>
      <td colSpan={columns} className="p-0" style={{ height: heightPx }} />
    </tr>
  )
}
