import 'server-only'
import { once } from 'node:events'
import { createWriteStream, type WriteStream } from 'node:fs'
import { stringify } from 'csv-stringify/sync'

/** A record that was not taken, and why. */
export type Reject = {
  readonly line: number
  readonly element: number | null
  readonly code: string
  readonly message: string
  readonly record: string
}

const COLUMNS = ['line', 'element', 'code', 'message', 'record']

/** Writes rejected records as CSV (line, element, code, message, record), safe to open in a spreadsheet. */
export class RejectLog {
  private readonly stream: WriteStream

  private constructor(path: string) {
    this.stream = createWriteStream(path)
  }

  /** @throws the file system's error when the file cannot be written. */
  static async open(path: string): Promise<RejectLog> {
    const log = new RejectLog(path)
    await once(log.stream, 'open')
    await log.put(stringify([COLUMNS]))
    return log
  }

  async write(rejects: readonly Reject[]): Promise<void> {
    if (rejects.length === 0) return
    const rows = rejects.map(({ line, element, code, message, record }) => [line, element ?? '', code, message, record])
    await this.put(stringify(rows, { escape_formulas: true }))
  }

  async close(): Promise<void> {
    this.stream.end()
    await once(this.stream, 'close')
  }

  private async put(text: string): Promise<void> {
    if (!this.stream.write(text)) await once(this.stream, 'drain')
  }
}
