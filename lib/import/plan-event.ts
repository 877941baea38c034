import { convertValue } from './convert-value'
import { EVENT_FIELDS, type FieldKind, kindOfField, listFieldNames } from './event-fields'
import { ImportError } from './import-error'

/** Where a field's value comes from. */
export type FieldSource =
  | { readonly field: string; readonly kind: FieldKind; readonly column: string }
  | { readonly field: string; readonly kind: FieldKind; readonly constant: unknown }

/** How events are made of records. */
export type EventPlan = {
  readonly sources: readonly FieldSource[]
  /** Nothing was mapped or set: a record that is an event already is passed on as it is. */
  readonly isPlain: boolean
  /** Columns of the file that no field takes. */
  readonly unusedColumns: readonly string[]
  readonly zone: string
}

export type PlanOptions = {
  /** The file's columns; null where records name their own fields (JSON). */
  readonly columns: readonly string[] | null
  /** `field=column`. */
  readonly maps: readonly string[]
  /** `field=value`; where a field is set, a column of its name is not read. */
  readonly sets: readonly string[]
  /** IANA zone of timestamps that name none. */
  readonly zone: string
}

/**
 * Decides, before the first record is read, which column or constant fills which field. Without a mapping, columns that
 * are named as a field are taken (`inputTokens`, `tags.team`).
 * @throws ImportError for an unknown field, a column that the file lacks, a field that is filled twice, a constant that
 * its field cannot hold, and a file that leaves provider, model or timestamp open.
 */
export function planEvent({ columns, maps, sets, zone }: PlanOptions): EventPlan {
  const sources = new Map<string, FieldSource>()
  const add = (option: string, source: FieldSource) => {
    if (sources.has(source.field))
      throw new ImportError(`${option}: ${source.field} is already filled by another option.`)
    sources.set(source.field, source)
  }
  for (const map of maps) {
    const option = `--map ${map}`
    const [field, column] = splitPair(map, '--map field=column')
    if (columns !== null && !columns.includes(column)) {
      throw new ImportError(
        `${option}: the file has no column ${JSON.stringify(column)}. Its columns: ${columns.join(', ')}.`,
      )
    }
    add(option, { field, kind: requireKind(option, field), column })
  }
  for (const set of sets) {
    const option = `--set ${set}`
    const [field, text] = splitPair(set, '--set field=value')
    const kind = requireKind(option, field)
    const converted = convertValue(field, kind, text, zone)
    if (!converted.ok) throw new ImportError(`${option}: ${converted.message}.`)
    if (converted.value === undefined) throw new ImportError(`${option}: the value is empty.`)
    add(option, { field, kind, constant: converted.value })
  }
  for (const column of columns ?? Object.keys(EVENT_FIELDS)) {
    const kind = kindOfField(column)
    if (kind !== null && !sources.has(column)) sources.set(column, { field: column, kind, column })
  }
  if (columns !== null) requireSources(sources, columns)
  const taken = new Set([...sources.values()].map((source) => ('column' in source ? source.column : null)))
  return {
    sources: [...sources.values()],
    isPlain: maps.length === 0 && sets.length === 0,
    unusedColumns: (columns ?? []).filter((column) => !taken.has(column)),
    zone,
  }
}

function splitPair(pair: string, form: string): [string, string] {
  const at = pair.indexOf('=')
  if (at <= 0 || at === pair.length - 1) throw new ImportError(`${JSON.stringify(pair)} is not of the form ${form}.`)
  return [pair.slice(0, at).trim(), pair.slice(at + 1).trim()]
}

function requireKind(option: string, field: string): FieldKind {
  const kind = kindOfField(field)
  if (kind === null) {
    throw new ImportError(`${option}: events have no field ${JSON.stringify(field)}. Fields: ${listFieldNames()}.`)
  }
  return kind
}

const REQUIRED = ['timestamp', 'provider', 'model']

function requireSources(sources: ReadonlyMap<string, FieldSource>, columns: readonly string[]): void {
  const missing = REQUIRED.filter((field) => !sources.has(field))
  if (missing.length === 0) return
  throw new ImportError(
    `Nothing fills ${missing.join(', ')}: name a column (--map ${missing[0]}=COLUMN) or a constant (--set ${missing[0]}=VALUE). The file's columns: ${columns.join(', ')}.`,
  )
}
