import { compareText } from '@/lib/compare-text'
import { normaliseModel } from '@/lib/pricing/normalise-model'

/** A model that has a price, and how alike its name is to the one in question: from 0 to 1. */
export type Candidate = { provider: string; model: string; score: number }

/** Less alike than this is no suggestion. */
const LEAST_SCORE = 0.4
/** What a name loses when its numbers are others: `gpt-4` is not `gpt-5`, however alike they are written. */
const OTHER_NUMBERS = 0.7
/** What a name loses that is sold by another provider. */
const OTHER_PROVIDER = 0.9
/** What a name is worth at least that is whole within the other, and how long it must be for that. */
const CONTAINED = { score: 0.6, letters: 3 }

/**
 * The models with a price whose names are most alike to one that was sent: Dice's coefficient over the pairs of letters of
 * the normalised names (2 × pairs in common ÷ all pairs), less where numbers or the provider differ. A suggestion is for
 * somebody to judge: nothing is ever named by it. A known name that is whole within the other
 * (`gpt-4o` in `gpt-4o-prod-eu`) is worth 0.6 and more, the more of it it is. Pure.
 */
export function suggestModels(
  raw: { provider: string; model: string },
  known: readonly { provider: string; model: string }[],
  limit: number,
): Candidate[] {
  const { provider, model } = normaliseModel(raw.provider, raw.model)
  const pairs = pairsOf(model)
  const numbers = numbersOf(model)
  return known
    .map((each) => {
      const alike = dice(pairs, pairsOf(each.model))
      const byNumbers = numbersOf(each.model) === numbers ? alike : alike * OTHER_NUMBERS
      const score = Math.max(byNumbers, scoreContained(model, each.model))
      return { ...each, score: each.provider === provider ? score : score * OTHER_PROVIDER }
    })
    .filter(({ score }) => score >= LEAST_SCORE)
    .sort((a, b) => b.score - a.score || compareText(a.model, b.model) || compareText(a.provider, b.provider))
    .slice(0, limit)
}

function lettersOf(model: string): string {
  return model.replace(/^.*\//, '').replace(/[^a-z0-9]+/g, '')
}

function scoreContained(model: string, known: string): number {
  const letters = lettersOf(known).length
  const isWhole = `-${wordsOf(model)}-`.includes(`-${wordsOf(known)}-`)
  if (!isWhole || letters < CONTAINED.letters) return 0
  return CONTAINED.score + (1 - CONTAINED.score) * (letters / lettersOf(model).length)
}

function wordsOf(model: string): string {
  return model.replace(/^.*\//, '').replace(/[^a-z0-9]+/g, '-')
}

function pairsOf(model: string): Map<string, number> {
  const letters = ` ${lettersOf(model)} `
  const pairs = new Map<string, number>()
  for (let at = 0; at + 1 < letters.length; at += 1) {
    const pair = letters.slice(at, at + 2)
    pairs.set(pair, (pairs.get(pair) ?? 0) + 1)
  }
  return pairs
}

function numbersOf(model: string): string {
  return (model.replace(/^.*\//, '').match(/\d+/g) ?? []).join('.')
}

function dice(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): number {
  const size = (pairs: ReadonlyMap<string, number>) => [...pairs.values()].reduce((sum, count) => sum + count, 0)
  const common = [...a].reduce((sum, [pair, count]) => sum + Math.min(count, b.get(pair) ?? 0), 0)
  return (2 * common) / (size(a) + size(b))
}
