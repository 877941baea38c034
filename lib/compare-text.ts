/** Code units of characters beyond the first 65,536 stand after all others, as their bytes do in UTF-8. */
const rankOf = (unit: number): number => ((unit & 0xf800) === 0xd800 ? unit + 0x10000 : unit)

/** Order of texts by their bytes in UTF-8, which is the stores' own; negative where `a` comes first. Pure. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0
  const length = Math.min(a.length, b.length)
  for (let at = 0; at < length; at += 1) {
    const order = rankOf(a.charCodeAt(at)) - rankOf(b.charCodeAt(at))
    if (order !== 0) return order
  }
  return a.length - b.length
}
