/** What `spend`, and all that is made of it, is read as. */
export const COST_VIEWS = ['usage', 'usageAndFixed', 'fixed'] as const
export type CostView = (typeof COST_VIEWS)[number]

/** How a view is named beside its numbers. */
export const COST_VIEW_LABELS: Record<CostView, string> = {
  usage: 'Without fixed costs',
  usageAndFixed: 'With fixed costs',
  fixed: 'Only fixed costs',
}

/** Whether a text names a view. */
export function isCostView(name: string | null): name is CostView {
  return COST_VIEWS.some((known) => known === name)
}
