import type { ValueFormat } from '@/lib/format'
import { type MeasureName, type MeasureUnit, measureOf } from '@/lib/metrics/registry'

/** How numbers of a unit are written. */
export const KIND_OF_UNIT: Record<MeasureUnit, ValueFormat['kind']> = {
  money: 'money',
  moneyPerMillionTokens: 'money',
  count: 'count',
  tokens: 'count',
  tokensPerRequest: 'average',
  ratio: 'ratio',
  factor: 'factor',
  milliseconds: 'duration',
  totalMilliseconds: 'duration',
}

/** How a measure is written. */
export function formatOfMeasure(name: MeasureName, currency: string): ValueFormat {
  const kind = KIND_OF_UNIT[measureOf(name).unit]
  return kind === 'money' ? { kind, currency } : { kind }
}
