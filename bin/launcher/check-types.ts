import type { Lifecycle } from '@/bin/launcher/run-command'
import { runTool } from '@/bin/launcher/run-tool'

/**
 * Checks the types, after Next.js has written those of its routes, which a fresh clone does not have.
 * @returns the exit code
 */
export async function checkTypes(lifecycle: Lifecycle): Promise<number> {
  const code = await runTool(lifecycle, 'next', ['typegen'], { ...process.env, NEXT_TELEMETRY_DISABLED: '1' })
  return code === 0 ? runTool(lifecycle, 'tsc', ['--noEmit']) : code
}
