import { setTimeout as sleep } from 'node:timers/promises'

const RETRY_MS = 100
const ANSWER_MS = 30_000
/** An instance that does not come back within this is broken. */
const GIVE_UP_MS = 120_000

/** Posts as clients do: again and again, to the next app process each time, until it is answered. */
export class Client {
  /** When an app process last did not answer, or answered that it cannot. */
  lastUnavailableMs = Number.NEGATIVE_INFINITY
  retries = 0
  private turn = 0

  constructor(private readonly urls: readonly [string, ...string[]]) {}

  /**
   * Posts JSON until it is answered with 200.
   * @param app the process to begin with; the next one in turn when absent
   * @throws Error for an answer that no repetition can mend, or when there is none for two minutes
   */
  async post(path: string, secret: string, body: string, app?: number): Promise<{ text: string; wasRetried: boolean }> {
    const startedMs = performance.now()
    this.turn += 1
    for (let tried = 0; ; tried += 1) {
      const url = this.urls[((app ?? this.turn) + tried) % this.urls.length] ?? this.urls[0]
      const problem = await this.tryPost(`${url}${path}`, secret, body)
      if (problem.ok) return { text: problem.text, wasRetried: tried > 0 }
      if (performance.now() - startedMs > GIVE_UP_MS) throw new Error(`no answer in two minutes: ${problem.text}`)
      this.lastUnavailableMs = performance.now()
      this.retries += 1
      await sleep(RETRY_MS)
    }
  }

  private async tryPost(url: string, secret: string, body: string): Promise<{ ok: boolean; text: string }> {
    let response: Response
    let text: string
    try {
      response = await fetch(url, {
        method: 'POST',
        headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
        body,
        signal: AbortSignal.timeout(ANSWER_MS),
      })
      text = await response.text()
    } catch (error) {
      return { ok: false, text: String(error) }
    }
    if (response.ok) return { ok: true, text }
    const canBeRepeated = response.status === 429 || response.status >= 500
    if (!canBeRepeated) throw new Error(`${url} answered ${response.status}: ${text.slice(0, 500)}`)
    return { ok: false, text: `${response.status} ${text.slice(0, 200)}` }
  }
}
