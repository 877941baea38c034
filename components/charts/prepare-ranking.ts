import { compareDecimals, divideDecimals } from '@/lib/money'

export type RankingItem = {
  key: string
  label: string
  /** Decimal string; null is drawn as no bar and an en dash. */
  value: string | null
  href?: string
  other?: boolean
}

export type PreparedRankingItem = RankingItem & {
  /** Length of the bar: part of the longest, from 0 to 100. */
  lengthPercent: number
  /** Part of the total, as a decimal string; null without a total. */
  share: string | null
}

/** Orders items largest first, without a value after them, "Other" last; bars are relative to the longest. */
export function prepareRanking(items: readonly RankingItem[], total: string | null): PreparedRankingItem[] {
  const longest = items.reduce<string>(
    (most, item) => (item.value !== null && compareDecimals(item.value, most) > 0 ? item.value : most),
    '0',
  )
  return [...items].sort(byRank).map((item) => ({
    ...item,
    lengthPercent: Math.max(0, Number(divideDecimals(item.value, longest) ?? '0') * 100),
    share: divideDecimals(item.value, total),
  }))
}

function byRank(a: RankingItem, b: RankingItem): number {
  if ((a.other ?? false) !== (b.other ?? false)) return a.other ? 1 : -1
  if (a.value === null || b.value === null) return Number(a.value === null) - Number(b.value === null)
  return compareDecimals(b.value, a.value) || a.label.localeCompare(b.label, 'en')
}
