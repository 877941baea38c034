import type { CompiledFilter } from '@/lib/metrics/statement'

/** The usage that a cost serves: of a provider, or of some of its models; all usage where the provider is empty. */
export type Pool = { provider: string; models: readonly string[] }

type PoolFilter = { dimension: 'provider' | 'model'; operator: 'in'; values: string[] }

/** Filters that leave a pool's usage. */
export function poolFilters({ provider, models }: Pool): PoolFilter[] {
  if (provider === '') return []
  return [
    { dimension: 'provider', operator: 'in', values: [provider] },
    ...(models.length === 0 ? [] : [{ dimension: 'model' as const, operator: 'in' as const, values: [...models] }]),
  ]
}

/** One text for all costs of the same usage: they are paid together. */
export function poolKey({ provider, models }: Pool): string {
  return JSON.stringify([provider, ...[...models].sort()])
}

/** Whether filters leave the whole of a pool in, by what they say of its provider and models alone. */
export function keepsPool({ provider, models }: Pool, filters: readonly CompiledFilter[]): boolean {
  return filters.every(({ dimension, operator, values }) => {
    const names = dimension === 'provider' ? (provider === '' ? [] : [provider]) : dimension === 'model' ? models : []
    if (names.length === 0 || operator === 'contains') return false
    return names.every((name) => values.includes(name) === (operator === 'in'))
  })
}
