import type { ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { ROOT } from '@/bin/launcher/root'
import { say } from '@/bin/launcher/say'
import type { Settings } from '@/bin/launcher/settings'
import { spawnTied } from '@/bin/launcher/spawn-tied'
import { LaunchError } from '@/db/embedded/launch-error'

const READY_MS = 120_000
const READY_POLL_MS = 100
const PROBE_MS = 2_000
const STOP_MS = 12_000
const RESTART_DELAYS_MS = [0, 500, 1_000, 2_000, 5_000]
const STEADY_MS = 30_000

export type WebServer = { stop(): Promise<void> }

/**
 * Starts Next.js in a child process, waits until /readyz says that it is ready, and starts it again whenever it ends by
 * itself. Stopping sends SIGTERM, upon which it answers what it has begun to, and kills it after 12 s.
 * @throws LaunchError when it ends before it was ready for the first time
 */
export async function startWebServer(options: {
  mode: 'start' | 'dev'
  settings: Settings
  env: NodeJS.ProcessEnv
  /** Where the child notes who it is. */
  pidFile?: string
}): Promise<WebServer> {
  const { mode, settings } = options
  let child: ChildProcess | null = null
  let wasReady = false
  let stopping = false
  let restarts = 0
  let restartTimer: NodeJS.Timeout | undefined
  let endedEarly: string | null = null

  const start = () => {
    const startedMs = performance.now()
    const started = spawnTied({
      args: [
        join(ROOT, 'node_modules/next/dist/bin/next'),
        mode,
        ...['-p', String(settings.port)],
        ...(settings.host === null ? [] : ['-H', settings.host]),
      ],
      env: {
        ...options.env,
        NODE_ENV: mode === 'start' ? 'production' : 'development',
        NEXT_TELEMETRY_DISABLED: '1',
        ...(mode === 'start' ? { NEXT_MANUAL_SIG_HANDLE: '1' } : {}),
      },
      pidFile: options.pidFile,
    })
    child = started
    started.stdout?.on('data', (chunk: Buffer) => {
      if (wasReady || mode === 'dev') process.stdout.write(chunk)
    })
    started.stderr?.on('data', (chunk: Buffer) => process.stderr.write(chunk))
    started.once('exit', (code, signal) => {
      child = null
      if (stopping) return
      const how = signal ?? `exit ${code}`
      if (!wasReady) {
        endedEarly = how
        return
      }
      restarts = performance.now() - startedMs > STEADY_MS ? 0 : restarts + 1
      const delayMs = RESTART_DELAYS_MS[Math.min(restarts, RESTART_DELAYS_MS.length - 1)] ?? 0
      say(`The web server ended (${how}); starting it again`)
      restartTimer = setTimeout(start, delayMs)
    })
  }

  const stop = async () => {
    stopping = true
    clearTimeout(restartTimer)
    const running = child
    if (!running) return
    const ended = new Promise<void>((resolve) => running.once('exit', () => resolve()))
    const deadline = setTimeout(() => killGroup(running), STOP_MS)
    running.kill('SIGTERM')
    await ended
    clearTimeout(deadline)
  }

  start()
  const deadlineMs = performance.now() + READY_MS
  while (!(await isReady(settings))) {
    if (endedEarly !== null) throw new LaunchError(`The web server did not start (${endedEarly}); its reason is above.`)
    if (performance.now() > deadlineMs) {
      await stop()
      throw new LaunchError(
        `The web server was not ready within ${READY_MS / 1000} s; ${settings.localUrl}/readyz says why.`,
      )
    }
    await new Promise((resolve) => setTimeout(resolve, READY_POLL_MS))
  }
  wasReady = true
  return { stop }
}

async function isReady(settings: Settings): Promise<boolean> {
  try {
    const host = settings.host === null || settings.host === '0.0.0.0' ? '127.0.0.1' : settings.host
    const authority = host.includes(':') ? `[${host}]` : host
    const response = await fetch(`http://${authority}:${settings.port}/readyz`, {
      signal: AbortSignal.timeout(PROBE_MS),
    })
    await response.arrayBuffer()
    return response.ok
  } catch {
    return false
  }
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch {
    child.kill('SIGKILL')
  }
}
