import { attemptsOfDay, generateAttemptsSql, listModelRows, MODELS_TABLE } from '@/bench/generate-attempts'
import { DAYS } from '@/bench/world'
import { insertRows, runCommand } from '@/db/clickhouse/client'
import { createPriceIndex, loadListPriceBook } from '@/lib/pricing/price-book'

/** Rows of one statement: more would need more memory and time than a request has, fewer would make more parts to merge. */
export const ROWS_PER_STATEMENT = 250_000

/** Generates the attempts inside the engine, some days at a time, in the order of their days. */
export async function loadAttempts(options: {
  attempts: number
  lastDayMs: number
  endMs: number
  workspaces: readonly { readonly id: number; readonly apiKeyId: number }[]
  onProgress: (done: number) => void
}): Promise<void> {
  const { attempts, onProgress } = options
  await runCommand(`CREATE OR REPLACE TABLE ${MODELS_TABLE.name} (${MODELS_TABLE.structure}) ENGINE = Memory`)
  try {
    await insertRows(MODELS_TABLE.name, listModelRows(createPriceIndex(loadListPriceBook())))
    for (const { from, to } of divide(attempts)) {
      await runCommand(generateAttemptsSql({ ...options, from, to }))
      onProgress(to)
    }
  } finally {
    await runCommand(`DROP TABLE IF EXISTS ${MODELS_TABLE.name}`)
  }
}

/** Days put together until they make a statement of a good size. */
function divide(attempts: number): { from: number; to: number }[] {
  const parts: { from: number; to: number }[] = []
  for (let day = 0; day < DAYS; day += 1) {
    const { from, to } = attemptsOfDay(attempts, day)
    const last = parts.at(-1)
    if (last && to - last.from <= ROWS_PER_STATEMENT) last.to = to
    else parts.push({ from, to })
  }
  return parts
}
