import type { DataColumn } from '@/components/tables/data-table'
import type { GoodWhen } from '@/components/ui/change-label'
import { KIND_OF_UNIT } from '@/lib/metrics/measure-format'
import {
  type DimensionName,
  dimensionLabel,
  type MeasureName,
  type MeasureUnit,
  measureOf,
} from '@/lib/metrics/registry'
import { cellOf, previousCellOf, type ResultRow } from '@/lib/metrics/result'

export { formatOfMeasure } from '@/lib/metrics/measure-format'

/** Which direction of a measure is good news, in the words of the components. */
export function goodWhen(name: MeasureName): GoodWhen {
  const { better } = measureOf(name)
  return better === 'lower' ? 'down' : better === 'higher' ? 'up' : 'neutral'
}

/** A measure's value as text for drawing: a decimal string, milliseconds included; null where there is none. */
export function textOf(row: ResultRow, name: string): string | null {
  const value = cellOf(row, name)
  return value === null ? null : String(value)
}

/** Whether a row stands for values of its dimensions: not for the rest of a top-N, nor for what no usage bears. */
export function isNamed(row: ResultRow): boolean {
  return row.$other !== true && row.$idle !== true
}

/** As {@link textOf}, in the window compared with; undefined when nothing was compared. */
export function previousTextOf(row: ResultRow, name: string): string | null | undefined {
  const value = previousCellOf(row, name)
  return value === undefined || value === null ? value : String(value)
}

const WHY_NULL: Partial<Record<MeasureUnit, string>> = {
  money: 'Nothing here has a price; see unpriced tokens',
  moneyPerMillionTokens: 'Nothing here has a price, or no tokens were counted',
  ratio: 'Nothing to divide by',
  factor: 'Nothing to divide by',
  milliseconds: 'No attempt here reports a latency',
}

/** Column of a measure; `share` draws its part of the whole behind the number. */
export function measureColumn(
  name: MeasureName,
  options: { share?: boolean; href?: (row: ResultRow) => string | null } = {},
): DataColumn<ResultRow> {
  const measure = measureOf(name)
  return {
    key: name,
    header: measure.label,
    definition: measure.definition,
    kind: KIND_OF_UNIT[measure.unit],
    value: (row) => textOf(row, name),
    nullReason: WHY_NULL[measure.unit],
    goodWhen: goodWhen(name),
    share: options.share ? (row) => textOf(row, 'topNShare') : undefined,
    href: options.href,
    sortable: true,
  }
}

/** Column of a measure's change against the window compared with. */
export function changeColumn(name: MeasureName): DataColumn<ResultRow> {
  const measure = measureOf(name)
  const kind = KIND_OF_UNIT[measure.unit]
  return {
    key: `${name}-change`,
    header: 'Change',
    definition: `${measure.label} now against the window before. “New” where there was none.`,
    kind: 'change',
    changeOf: kind,
    goodWhen: goodWhen(name),
    value: (row) => textOf(row, name),
    previous: (row) => previousTextOf(row, name) ?? null,
    sortable: false,
  }
}

/** Column of a dimension; a value that is missing reads "unattributed". */
export function dimensionColumn(name: DimensionName, href?: (row: ResultRow) => string | null): DataColumn<ResultRow> {
  return {
    key: name,
    header: dimensionLabel(name),
    kind: 'text',
    // Totals and "Other" span all values of a further dimension.
    value: (row) => (!isNamed(row) || !(name in row) ? '' : textOf(row, name)),
    nullText: 'unattributed',
    nullReason: 'These events were sent without it',
    href: href && ((row) => (!isNamed(row) || !(name in row) ? null : href(row))),
    sortable: true,
  }
}
