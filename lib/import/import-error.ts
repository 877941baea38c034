/** The import as a whole cannot go on. `message` is one line that says what to change. */
export class ImportError extends Error {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super(message, options)
    this.name = 'ImportError'
  }
}
