import 'server-only'
import { type ChildProcess, spawn } from 'node:child_process'
import { LaunchError } from '@/db/embedded/launch-error'

const READY_MS = 60_000
const READY_POLL_MS = 50
const MAX_FAILED_STARTS = 5
const RESTART_DELAYS_MS = [0, 250, 500, 1_000, 2_000, 5_000]
const STEADY_MS = 30_000
const WATCH_MS = 5_000
const MAX_UNANSWERED = 12
const STOP_MS = 12_000
const KEPT_OUTPUT = 4_000

export type Supervised = {
  pid(): number | undefined
  stop(): Promise<void>
}

/**
 * Keeps one engine running in a child process until stopped: starts it, waits until it answers, starts it again when it
 * ends or stops answering. The child gets a pipe as its stdin and ends when that does, so it cannot outlive this process;
 * and a process group of its own, so that Ctrl-C at the terminal reaches it through us, in order.
 * @param options.answers resolves to whether the engine does its work
 * @throws LaunchError when it does not come up
 */
export async function supervise(options: {
  name: string
  script: string
  args: readonly string[]
  cwd: string
  answers: () => Promise<boolean>
  onProgress: (line: string) => void
}): Promise<Supervised> {
  let child: ChildProcess | null = null
  let stopping = false
  let everReady = false
  let failedStarts = 0
  let output = ''
  let restartTimer: NodeJS.Timeout | undefined

  const start = () => {
    const startedMs = performance.now()
    const started = spawn(process.execPath, [options.script, ...options.args, String(process.pid)], {
      cwd: options.cwd,
      env: engineEnvironment(),
      stdio: ['pipe', 'ignore', 'pipe'],
      detached: true,
    })
    child = started
    started.stdin?.on('error', () => {})
    started.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
      output = (output + chunk).slice(-KEPT_OUTPUT)
    })
    started.once('error', () => {})
    started.once('exit', (code, signal) => {
      child = null
      if (stopping) return
      failedStarts = everReady && performance.now() - startedMs > STEADY_MS ? 0 : failedStarts + 1
      if (everReady) options.onProgress(`${options.name} ended (${signal ?? `exit ${code}`}); starting it again`)
      const delayMs = RESTART_DELAYS_MS[Math.min(Math.max(failedStarts - 1, 0), RESTART_DELAYS_MS.length - 1)]
      restartTimer = setTimeout(start, delayMs)
    })
  }

  const stop = async () => {
    stopping = true
    clearTimeout(restartTimer)
    clearInterval(watch)
    const running = child
    if (!running) return
    const ended = new Promise<void>((resolve) => running.once('exit', () => resolve()))
    const deadline = setTimeout(() => running.kill('SIGKILL'), STOP_MS)
    running.stdin?.end()
    await ended
    clearTimeout(deadline)
  }

  let unanswered = 0
  let isAsking = false
  const watch = setInterval(async () => {
    if (isAsking || !everReady || !child) return
    isAsking = true
    unanswered = (await options.answers()) ? 0 : unanswered + 1
    isAsking = false
    if (unanswered < MAX_UNANSWERED) return
    unanswered = 0
    child?.kill('SIGKILL')
  }, WATCH_MS)
  watch.unref()

  start()
  const deadlineMs = performance.now() + READY_MS
  while (!(await options.answers())) {
    if (failedStarts >= MAX_FAILED_STARTS || performance.now() > deadlineMs) {
      await stop()
      throw new LaunchError(
        `${options.name} does not start: ${lastLine(output) ?? `no answer in ${READY_MS / 1000} s`}`,
      )
    }
    await new Promise((resolve) => setTimeout(resolve, READY_POLL_MS))
  }
  everReady = true
  failedStarts = 0
  return { pid: () => child?.pid, stop }
}

/** Nothing of ours: settings of this process (NODE_OPTIONS, CLICKHOUSE_*) must not reach the engine. */
function engineEnvironment(): NodeJS.ProcessEnv {
  const { PATH, HOME, TMPDIR, LD_LIBRARY_PATH } = process.env
  return { PATH, HOME, TMPDIR, LD_LIBRARY_PATH, TZ: 'UTC', NODE_ENV: 'production' }
}

function lastLine(text: string): string | undefined {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .at(-1)
}
