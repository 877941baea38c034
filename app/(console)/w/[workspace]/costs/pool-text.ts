/** What a fixed cost is for, in words. */
export function poolText({ provider, models }: { provider: string; models: readonly string[] }): string {
  if (provider === '') return 'all usage'
  return models.length === 0 ? provider : `${provider}: ${models.join(', ')}`
}
