/** Why something cannot be started, in one line for the person at the terminal: what is wrong and what to do. */
export class LaunchError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'LaunchError'
  }
}
