import 'server-only'
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { isRunning, processNamespace } from '@/db/embedded/process-identity.mjs'

const GRACE_MS = 3_000
const KILL_MS = 5_000
const POLL_MS = 25

const identitySchema = z.object({ pid: z.number(), startedAt: z.string(), namespace: z.string() })
type Identity = z.infer<typeof identitySchema>

/** Where the children of a data directory's holder note who they are. */
export function pidFileOf(dataDir: string, name: string): string {
  return join(dataDir, 'run', `${name}.json`)
}

/**
 * Waits until the children of a launcher that was killed are gone, and kills those that take too long. They end by
 * themselves when their parent does, but not at once, and two engines on the same files lose writes.
 */
export async function endOrphans(dataDir: string): Promise<void> {
  const directory = join(dataDir, 'run')
  const files = listFiles(directory).map((file) => join(directory, file))
  await Promise.all(files.map((file) => readIdentity(file)).map((identity) => identity && endOrphan(identity)))
  for (const file of files) rmSync(file, { force: true })
}

async function endOrphan(identity: Identity): Promise<void> {
  if (identity.namespace !== processNamespace()) return
  if (await isGone(identity, GRACE_MS)) return
  process.kill(identity.pid, 'SIGKILL')
  await isGone(identity, KILL_MS)
}

async function isGone(identity: Identity, withinMs: number): Promise<boolean> {
  for (let waitedMs = 0; isRunning(identity); waitedMs += POLL_MS) {
    if (waitedMs >= withinMs) return false
    await new Promise((done) => setTimeout(done, POLL_MS))
  }
  return true
}

function listFiles(directory: string): string[] {
  try {
    return readdirSync(directory)
  } catch {
    return []
  }
}

function readIdentity(file: string): Identity | null {
  try {
    return identitySchema.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch {
    return null
  }
}
