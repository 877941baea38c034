import { LaunchError } from '@/db/embedded/launch-error'

const CLEANUP_MS = 30_000
/** Ctrl-C reaches the whole process group, and npm and our own parent pass it on: the same press arrives several times. */
const SAME_SIGNAL_MS = 1_000

export type Lifecycle = {
  /** Registers what must be ended before the process ends; the last one is ended first. */
  defer(cleanup: () => unknown): void
}

/**
 * Runs a command to its end or to the first signal, ends what it started, and exits. What the user can mend is one line.
 * @param main resolves to the exit code
 */
export function runCommand(main: (lifecycle: Lifecycle) => Promise<number>): void {
  const cleanups: (() => unknown)[] = []
  let finishing: Promise<never> | undefined
  let signalledMs = Number.NEGATIVE_INFINITY

  const finish = (code: number): Promise<never> => {
    finishing ??= (async () => {
      setTimeout(() => process.exit(code || 1), CLEANUP_MS).unref()
      for (const cleanup of cleanups.reverse()) {
        try {
          await cleanup()
        } catch (error) {
          report(error)
        }
      }
      process.exit(code)
    })()
    return finishing
  }

  const onSignal = (code: number) => {
    const now = performance.now()
    if (finishing && now - signalledMs > SAME_SIGNAL_MS) process.exit(code)
    if (!finishing) signalledMs = now
    finish(code)
  }
  process.on('SIGINT', () => onSignal(130))
  process.on('SIGTERM', () => onSignal(143))
  process.on('SIGHUP', () => onSignal(129))
  process.once('disconnect', () => finish(1))
  process.channel?.unref()

  main({ defer: (cleanup) => cleanups.push(cleanup) }).then(finish, (error: unknown) => {
    // A step that a signal cut short fails; the signal is the reason.
    if (!finishing) report(error)
    finish(1)
  })
}

function report(error: unknown): void {
  if (error instanceof LaunchError) process.stderr.write(`${error.message}\n`)
  else process.stderr.write(`${error instanceof Error ? error.stack : error}\n`)
}
