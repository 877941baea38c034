import { z } from 'zod'
import { type PricePreview, pricePreview } from '@/lib/pricing/price-preview'

export type AskedPreview =
  | { kind: 'preview'; preview: PricePreview }
  | { kind: 'failed'; message: string; errors: Readonly<Record<string, string>> }

const problem = z.object({ message: z.string(), errors: z.record(z.string(), z.string()).default({}) })

/** Asks by how much figures would move; nothing is changed by it. */
export async function askPreview(path: string, body: object): Promise<AskedPreview> {
  try {
    const response = await fetch(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    const answer: unknown = await response.json()
    if (response.ok) return { kind: 'preview', preview: pricePreview.parse(answer) }
    return { kind: 'failed', ...problem.parse(answer) }
  } catch {
    return { kind: 'failed', message: 'Farthing does not answer at the moment. Try again in a moment.', errors: {} }
  }
}
