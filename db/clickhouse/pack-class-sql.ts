const FLAGS = [
  'is_last',
  'is_retry',
  'is_fallback',
  'mixed',
  'request_fallback',
  'next_is_fallback',
  'next_provider_differs',
  'next_model_differs',
  'first_of_provider',
  'first_of_model',
  'first_of_deployment',
  'left_provider',
  'left_model',
  'left_deployment',
] as const

const OUTCOMES = `['unspecified', 'success', 'failed', 'elsewhere']`
const WASTE_KINDS = `['none', 'retry', 'fallback', 'failed_request']`

const KINDS = [
  ['request_outcome', OUTCOMES],
  ['waste_kind', WASTE_KINDS],
  ['outcome_at_provider', OUTCOMES],
  ['outcome_at_model', OUTCOMES],
  ['outcome_at_deployment', OUTCOMES],
] as const

type ClassColumn = (typeof FLAGS)[number] | (typeof KINDS)[number][0]

/** The columns that the store unpacks from `flags`. */
export const CLASS_COLUMNS: readonly ClassColumn[] = [...FLAGS, ...KINDS.map(([name]) => name)]

/**
 * The column `flags` of an attempt, as SQL over expressions for what it packs; flags that are left out are false. For
 * attempts that the engine generates itself; see `packFlags` in lib/events/classify-request.ts.
 */
export function packClassSql(columns: Readonly<Partial<Record<ClassColumn, string>>>): string {
  const flags = FLAGS.map((name, bit) => `toUInt32(${columns[name] ?? '0'}) * ${2 ** bit}`)
  const kinds = KINDS.map(
    ([name, values], at) =>
      `toUInt32(indexOf(${values}, toString(${columns[name] ?? `${values}[1]`})) - 1) * ${2 ** (FLAGS.length + 2 * at)}`,
  )
  return `toUInt32(${[...flags, ...kinds].join(' + ')})`
}
