/** Why a message could not be sent, in words for the delivery log. A permanent one is not tried again. */
export class SendError extends Error {
  override readonly name = 'SendError'

  constructor(
    message: string,
    readonly isPermanent: boolean,
    readonly retryAfterSeconds: number | null = null,
  ) {
    super(message)
  }
}
