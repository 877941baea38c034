import 'server-only'
import { type DestinationStream, type Logger, pino } from 'pino'
import { redactForLog } from '@/lib/log-redaction'

/** A log of JSON lines. What is given to it loses secrets, cookies and users before it is written. */
export function createLog(destination: DestinationStream, level = process.env.LOG_LEVEL ?? 'info'): Logger {
  return pino(
    {
      base: undefined,
      level,
      serializers: { err: redactForLog },
      formatters: { log: (fields) => Object(redactForLog(fields)) },
      hooks: {
        // Texts and bare errors do not pass the formatter above.
        logMethod([first, ...rest], method) {
          const [message, ...parts] = rest.map((part) => redactForLog(part))
          const text = message === undefined ? undefined : String(message)
          if (first instanceof Error) method.call(this, { err: first }, text ?? String(redactForLog(first.message)))
          else if (typeof first === 'string') method.call(this, String(redactForLog(first)), text, ...parts)
          else method.call(this, first, text, ...parts)
        },
      },
    },
    destination,
  )
}

/** The process's log, on standard error. */
export const log = createLog(process.stderr)
