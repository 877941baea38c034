/** Tells the person at the terminal what is going on. */
export function say(line: string): void {
  process.stdout.write(`${line}\n`)
}

/**
 * Says what is being done, and, while it takes long, that it still is.
 * @returns what `run` resolves to
 */
export async function sayWhile<T>(line: string, run: () => Promise<T>): Promise<T> {
  const startedMs = performance.now()
  const elapsed = () => `${Math.round((performance.now() - startedMs) / 1000)} s`
  say(line)
  const heartbeat = setInterval(() => say(`  … ${elapsed()}`), 10_000)
  try {
    return await run()
  } finally {
    clearInterval(heartbeat)
  }
}
