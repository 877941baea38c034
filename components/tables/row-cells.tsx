import type { ReactNode } from 'react'

export type DrawnCell = { key: string; className: string; content: ReactNode }

/** The cells of one row; the first names the row. */
export function RowCells({ cells }: { cells: readonly DrawnCell[] }) {
  return cells.map((cell, index) =>
    index === 0 ? (
      <th key={cell.key} scope="row" className={`${cell.className} font-[weight:inherit]`}>
        {cell.content}
      </th>
    ) : (
      <td key={cell.key} className={cell.className}>
        {cell.content}
      </td>
    ),
  )
}
