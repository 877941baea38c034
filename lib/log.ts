import 'server-only'
import { pino } from 'pino'

/** The process's log: JSON lines on standard error. Never give it secrets, cookies or user hashes. */
export const log = pino(
  {
    base: undefined,
    level: process.env.LOG_LEVEL ?? 'info',
    redact: ['*.authorization', '*.cookie', '*.password', '*.secret', 'authorization', 'cookie', 'password', 'secret'],
  },
  process.stderr,
)
