import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { ROOT } from '@/bin/launcher/root'

const WATCH_PARENT = fileURLToPath(new URL('watch-parent.mjs', import.meta.url))

/**
 * Starts a Node.js child that ends when we do, even when we are killed, and that a Ctrl-C at the terminal reaches only
 * through us, so that things end in order.
 * @param options.pidFile where it notes who it is, for the next launcher, if it uses files that only one may
 */
export function spawnTied(options: {
  args: readonly string[]
  env: NodeJS.ProcessEnv
  pidFile?: string
}): ChildProcess {
  const child = spawn(process.execPath, ['--import', WATCH_PARENT, ...options.args], {
    cwd: ROOT,
    env: { ...options.env, FARTHING_PARENT_PID: String(process.pid), FARTHING_PID_FILE: options.pidFile },
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  })
  child.stdin?.on('error', () => {})
  return child
}
