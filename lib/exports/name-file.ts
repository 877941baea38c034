import type { ExportRequest } from '@/lib/exports/parse-export'
import { formatIsoInZone } from '@/lib/time'

/**
 * `farthing-<workspace>-<what>-<from>-<to>.csv`, in letters, digits, dots and hyphens only; with `scenario-<id>` before
 * what it holds where that is under a scenario. Pure.
 */
export function nameFile(request: ExportRequest, workspace: { slug: string; timeZone: string }): string {
  const { query, grain } = request
  const timeZone = query.timeZone ?? workspace.timeZone
  const what = grain === 'attempts' ? 'attempts' : query.dimensions.join('-') || 'totals'
  const days = [query.from, query.to].map((at) => formatIsoInZone(at, timeZone).slice(0, 10))
  const scenario = query.scenario === undefined ? [] : [`scenario-${query.scenario}`]
  const name = [workspace.slug, ...scenario, what, ...days].map((part) => safePart(part)).join('-')
  return `farthing-${name}.csv`
}

function safePart(text: string): string {
  return (
    text
      .replace(/[^A-Za-z0-9._-]+/g, '-')
      .slice(0, 60)
      .replace(/^[-.]+|[-.]+$/g, '') || 'x'
  )
}
