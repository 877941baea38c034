/** Machine-readable reasons; each maps to one HTTP status in {@link STATUS_OF_CODE}. */
export const STATUS_OF_CODE = {
  invalid_body: 400,
  invalid_query: 400,
  unknown_name: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  conflict: 409,
  payload_too_large: 413,
  unsupported_media_type: 415,
  invalid_event: 422,
  too_many_requests: 429,
  internal: 500,
  unavailable: 503,
} as const

export type ErrorCode = keyof typeof STATUS_OF_CODE

/**
 * A failure that the product knows by name. `message` is shown to the caller: it says what to do next and never holds
 * SQL, paths or secrets; the cause is for the log.
 */
export class AppError extends Error {
  readonly code: ErrorCode
  readonly details: Readonly<Record<string, unknown>>
  readonly retryAfterSeconds: number | null

  constructor(
    code: ErrorCode,
    message: string,
    options: { cause?: unknown; details?: Record<string, unknown>; retryAfterSeconds?: number } = {},
  ) {
    super(message, { cause: options.cause })
    this.name = 'AppError'
    this.code = code
    this.details = options.details ?? {}
    this.retryAfterSeconds =
      options.retryAfterSeconds ?? (code === 'unavailable' || code === 'too_many_requests' ? 2 : null)
  }

  /** HTTP status of this error. */
  get status(): number {
    return STATUS_OF_CODE[this.code]
  }
}

/** A store that does not answer. The caller may retry; nothing was acknowledged. */
export function unavailable(what: string, cause: unknown): AppError {
  return new AppError(
    'unavailable',
    `${what} does not answer at the moment. Nothing was lost; try again in a moment.`,
    {
      cause,
    },
  )
}
