import { pageHref } from '@/app/(console)/links'
import { parseViewState } from '@/lib/metrics/url-state'

/** Address of a workspace's months. */
export function monthsHref(workspace: string): string {
  return `/w/${encodeURIComponent(workspace)}/close`
}

/** Address of a closed month beside today. */
export function monthHref(workspace: string, month: string): string {
  return `${monthsHref(workspace)}/${month}`
}

/** Address of a closed month's CSV; the browser downloads it. */
export function monthCsvHref(workspace: string, month: string): string {
  return `/api/w/${encodeURIComponent(workspace)}/close/${month}`
}

/** Address of a month in Overview. */
export function monthViewHref(workspace: string, month: string): string {
  const [year = 0, number = 0] = month.split('-').map(Number)
  const next = number === 12 ? `${year + 1}-01` : `${year}-${String(number + 1).padStart(2, '0')}`
  return pageHref(workspace, 'overview', parseViewState({ range: `${month}-01..${next}-01` }))
}
