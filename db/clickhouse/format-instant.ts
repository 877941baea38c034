/** Text that ClickHouse reads as a DateTime64(3) in UTC: `2026-10-01 12:00:00.000`. */
export function formatInstant(epochMs: number): string {
  return new Date(epochMs).toISOString().replace('T', ' ').slice(0, 23)
}
