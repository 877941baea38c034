import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { ROOT } from '@/bin/launcher/root'
import type { Lifecycle } from '@/bin/launcher/run-command'

/**
 * Runs a tool of node_modules/.bin with this terminal; it is stopped when the command is.
 * @returns its exit code
 */
export function runTool(
  lifecycle: Lifecycle,
  name: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<number> {
  const child = spawn(join(ROOT, 'node_modules/.bin', name), args, { cwd: ROOT, env, stdio: 'inherit' })
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => resolve(code ?? 1))
  })
  lifecycle.defer(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGTERM')
    await ended
  })
  return ended
}
