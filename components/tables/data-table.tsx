import { ArrowDown, ArrowUp } from 'lucide-react'
import Link from 'next/link'
import type { ReactNode } from 'react'
import { RowCells } from '@/components/tables/row-cells'
import { VirtualRows } from '@/components/tables/virtual-rows'
import { ChangeLabel, type GoodWhen } from '@/components/ui/change-label'
import { classNames } from '@/components/ui/class-names'
import { Explain } from '@/components/ui/explain'
import { EmptyState } from '@/components/ui/states'
import { formatDateTime, formatValue, NO_VALUE, type ValueFormat } from '@/lib/format'

type ColumnKind = 'text' | 'money' | 'count' | 'ratio' | 'duration' | 'factor' | 'average' | 'date' | 'change'

export type SortState = { key: string; direction: 'asc' | 'desc' }

export type DataColumn<Row> = {
  key: string
  header: string
  /** Hover and focus text of the header. */
  definition?: string
  kind: ColumnKind
  align?: 'left' | 'right'
  /** Text, a decimal string, or an ISO instant by kind; null where there is no value. */
  value: (row: Row) => string | null
  /** kind `change`: the value in the window compared with, and how both are written. */
  previous?: (row: Row) => string | null
  changeOf?: Exclude<ColumnKind, 'text' | 'date' | 'change'>
  goodWhen?: GoodWhen
  /** Where the cell leads: a filtered view. */
  href?: (row: Row) => string | null
  /** Replaces what is drawn; `value` still gives the title. */
  cell?: (row: Row) => ReactNode
  /** A bar behind the number: share of the whole as a decimal string from 0 to 1. */
  share?: (row: Row) => string | null
  /** What a missing text reads as ("unattributed"); numbers show an en dash. */
  nullText?: string
  /** Why there is no value, as a title. */
  nullReason?: string
  sortable?: boolean
}

export type DataTableProps<Row> = {
  /** Names the table for screen readers; the visible heading belongs to the panel around. */
  caption: string
  columns: DataColumn<Row>[]
  rows: Row[]
  rowKey: (row: Row) => string
  /** The rest of a top-N, set apart below the rows. */
  other?: Row | null
  otherLabel?: string
  /** Cost that no row bears, below them. */
  idle?: Row | null
  totals?: Row | null
  totalsLabel?: string
  currency: string
  timeZone: string
  sort?: SortState
  /** Where a click on a header leads; headers are links, so sorting needs no script. */
  sortHref?: (sort: SortState) => string
  empty?: ReactNode
  /** Caps the height; without it long tables are capped, so that their header stays in sight. */
  maxHeight?: string
}

/** Above this many rows only those in sight are in the document. */
const VIRTUAL_FROM = 200
const CAPPED_FROM = 25
const ROW_HEIGHT_PX = 32

/** A region that scrolls must be reachable by keyboard (WCAG 2.1.1); the virtualised body finds it by its mark. */
const SCROLL_REGION = { tabIndex: 0, 'data-scroll-region': '' }

const HEADER_CELL =
  'h-8 px-2.5 py-1.5 first:pl-4 last:pr-4 align-bottom text-xs font-medium text-ink-muted border-b border-line-strong bg-surface'

function formatOfKind(kind: Exclude<ColumnKind, 'text' | 'date' | 'change'>, currency: string): ValueFormat {
  return kind === 'money' ? { kind, currency } : { kind }
}

function isRight<Row>(column: DataColumn<Row>): boolean {
  return column.align ? column.align === 'right' : column.kind !== 'text' && column.kind !== 'date'
}

/** Width at which a header takes two lines at most. */
function twoLinesOf(header: string): string {
  return `${Math.ceil(header.length / 2) + 3}ch`
}

/**
 * The one table. Draws on the server or in the browser; sorts through links; keeps table semantics when virtualised;
 * scrolls sideways inside its own focusable region with the first column in sight.
 */
export function DataTable<Row>(props: DataTableProps<Row>) {
  const { caption, columns, rows, rowKey, other, idle, totals, empty, maxHeight } = props
  const virtual = rows.length > VIRTUAL_FROM
  if (rows.length === 0 && !other && !idle) {
    return (
      <>
        {empty ?? (
          <EmptyState title="Nothing in this scope">Widen the range, or remove a filter to see more.</EmptyState>
        )}
      </>
    )
  }
  const cellClasses = columns.map((column, index) =>
    classNames(
      'h-8 px-2.5 first:pl-4 last:pr-4 border-b border-line whitespace-nowrap bg-inherit',
      isRight(column) ? 'text-right' : 'text-left',
      index === 0 && 'sticky left-0 z-1 max-w-[46vw] sm:max-w-sm',
      index > 0 && !isRight(column) && 'max-w-64',
    ),
  )
  const draw = (row: Row, first?: string) =>
    columns.map((column, index) => ({
      key: column.key,
      className: cellClasses[index] ?? '',
      content: index === 0 && first ? first : drawCell(column, row, props),
    }))
  const bodyRows = rows.map((row) => ({ key: rowKey(row), cells: draw(row) }))
  return (
    <section
      aria-label={caption}
      {...SCROLL_REGION}
      className="scroll-slim relative w-full overflow-auto rounded-b-lg"
      style={maxHeight || rows.length > CAPPED_FROM ? { maxHeight: maxHeight ?? '75vh' } : undefined}
    >
      <table
        className="bg-surface w-full border-separate border-spacing-0"
        aria-rowcount={virtual ? rows.length + 1 + (other ? 1 : 0) + (idle ? 1 : 0) + (totals ? 1 : 0) : undefined}
      >
        <caption className="sr-only">{caption}</caption>
        <thead className="sticky top-0 z-2">
          <tr aria-rowindex={virtual ? 1 : undefined}>
            {columns.map((column, index) => (
              <th
                key={column.key}
                scope="col"
                aria-sort={
                  props.sort?.key === column.key
                    ? props.sort.direction === 'asc'
                      ? 'ascending'
                      : 'descending'
                    : undefined
                }
                className={classNames(
                  HEADER_CELL,
                  isRight(column) ? 'text-right' : 'text-left',
                  index === 0 && 'sticky left-0 z-3',
                )}
                style={{ minWidth: twoLinesOf(column.header) }}
              >
                {drawHeader(column, props)}
              </th>
            ))}
          </tr>
        </thead>
        {virtual ? (
          <VirtualRows rows={bodyRows} columns={columns.length} rowHeightPx={ROW_HEIGHT_PX} />
        ) : (
          <tbody>
            {bodyRows.map((row) => (
              <tr key={row.key} className="bg-surface hover:bg-hover">
                <RowCells cells={row.cells} />
              </tr>
            ))}
          </tbody>
        )}
        {(other || idle || totals) && (
          <tfoot className={classNames(virtual && 'sticky bottom-0 z-2')}>
            {other && (
              <tr className="bg-surface text-ink-muted">
                <RowCells cells={draw(other, props.otherLabel ?? 'Other')} />
              </tr>
            )}
            {idle && (
              <tr className="bg-surface text-ink-muted">
                <RowCells cells={draw(idle, 'Idle fixed cost')} />
              </tr>
            )}
            {totals && (
              <tr className="bg-surface *:border-t-line-strong font-semibold *:border-t *:border-b-0">
                <RowCells cells={draw(totals, props.totalsLabel ?? 'Total')} />
              </tr>
            )}
          </tfoot>
        )}
      </table>
    </section>
  )
}

function drawHeader<Row>(column: DataColumn<Row>, { sort, sortHref }: DataTableProps<Row>): ReactNode {
  const explanation = column.definition ? { definition: column.definition } : null
  const sorted = sort?.key === column.key ? sort.direction : null
  const sortable = sortHref !== undefined && column.sortable !== false
  const content = (
    <span className={classNames(sorted && 'text-ink')}>
      {column.header}
      {sorted === 'asc' && <ArrowUp aria-hidden className="ml-1 inline size-3" />}
      {sorted === 'desc' && <ArrowDown aria-hidden className="ml-1 inline size-3" />}
    </span>
  )
  if (!sortable) {
    return explanation ? (
      <Explain title={column.header} explanation={explanation}>
        {content}
      </Explain>
    ) : (
      content
    )
  }
  const firstDirection = column.kind === 'text' ? 'asc' : 'desc'
  const direction = sorted === null ? firstDirection : sorted === 'asc' ? 'desc' : 'asc'
  const href = sortHref({ key: column.key, direction })
  return explanation ? (
    <Explain title={column.header} explanation={explanation} href={href} className="hover:text-ink">
      {content}
    </Explain>
  ) : (
    <Link href={href} scroll={false} className="hover:text-ink rounded-sm hover:underline hover:underline-offset-3">
      {content}
    </Link>
  )
}

function drawCell<Row>(column: DataColumn<Row>, row: Row, { currency, timeZone }: DataTableProps<Row>): ReactNode {
  const value = column.value(row)
  const href = column.href?.(row) ?? null
  if (column.cell) return column.cell(row)
  if (column.kind === 'change') {
    return (
      <ChangeLabel
        current={value}
        previous={column.previous?.(row) ?? null}
        format={formatOfKind(column.changeOf ?? 'money', currency)}
        goodWhen={column.goodWhen}
      />
    )
  }
  if (value === null) {
    const missing = column.nullText ?? NO_VALUE
    return (
      <span className="text-ink-faint" title={column.nullReason ?? 'No value in this scope'}>
        {href ? <CellLink href={href}>{missing}</CellLink> : missing}
      </span>
    )
  }
  if (column.kind === 'text') {
    return href ? (
      <CellLink href={href} title={value}>
        {value}
      </CellLink>
    ) : (
      <span className="block truncate" title={value}>
        {value}
      </span>
    )
  }
  const shown =
    column.kind === 'date'
      ? formatDateTime(value, timeZone, { seconds: true })
      : formatValue(value, formatOfKind(column.kind, currency))
  const title = column.kind === 'date' ? value : formatValue(value, formatOfKind(column.kind, currency), 'exact')
  const share = column.share?.(row) ?? null
  const number = href ? (
    <CellLink href={href} title={title}>
      {shown}
    </CellLink>
  ) : (
    <span title={title}>{shown}</span>
  )
  return share === null ? number : <ShareBar share={share}>{number}</ShareBar>
}

function CellLink({ href, title, children }: { href: string; title?: string; children: ReactNode }) {
  return (
    <Link
      href={href}
      title={title}
      className="text-ink hover:text-accent block truncate rounded-sm hover:underline hover:underline-offset-3"
    >
      {children}
    </Link>
  )
}

function ShareBar({ share, children }: { share: string; children: ReactNode }) {
  const percent = Math.max(0, Math.min(100, Number(share) * 100))
  return (
    <span className="flex items-center justify-end gap-2">
      <span aria-hidden className="bg-sunken hidden h-1.5 w-10 shrink-0 overflow-hidden rounded-full sm:block">
        <span className="bg-accent block h-full rounded-full" style={{ width: `${percent}%` }} />
      </span>
      <span className="min-w-14">{children}</span>
    </span>
  )
}
