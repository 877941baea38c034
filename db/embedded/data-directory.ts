import 'server-only'
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import { LaunchError } from '@/db/embedded/launch-error'
import { identifyProcess, isRunning, processNamespace } from '@/db/embedded/process-identity.mjs'

const HEARTBEAT_MS = 1_500
const SILENCE_MS = 6_000
const POLL_MS = 250

const holderSchema = z.object({
  pid: z.number(),
  startedAt: z.string(),
  namespace: z.string(),
  purpose: z.string(),
  since: z.string(),
})

type Holder = z.infer<typeof holderSchema>

/** Another instance holds the data directory. */
export class DirectoryInUseError extends LaunchError {
  constructor(path: string, holder: Holder) {
    super(
      `The data directory ${path} is in use by ${holder.purpose} (pid ${holder.pid}, since ${holder.since}). ` +
        'Stop it, or set FARTHING_DATA_DIR to another directory.',
    )
    this.name = 'DirectoryInUseError'
  }
}

export type DataDirectory = {
  /** Absolute path. */
  path: string
  release(): void
}

/**
 * Takes a data directory for this process: neither engine may be started twice on the same files.
 * @param options.purpose what the holder is, for the message of the next one: "npm start on http://localhost:3000"
 * @throws LaunchError naming the holder, or saying why the directory cannot be written.
 */
export async function lockDataDirectory(options: { dataDir: string; purpose: string }): Promise<DataDirectory> {
  const path = resolve(options.dataDir)
  const lockFile = join(path, 'lock.json')
  makeDirectory(path)
  const holder: Holder = { ...thisProcess(), purpose: options.purpose, since: new Date().toISOString() }
  while (!createLock(lockFile, holder)) {
    const other = readHolder(lockFile)
    if (other && (await isHeld(lockFile, other))) throw new DirectoryInUseError(path, other)
    removeStale(lockFile, other)
  }
  const heartbeat = setInterval(() => touch(lockFile), HEARTBEAT_MS)
  heartbeat.unref()
  return {
    path,
    release() {
      clearInterval(heartbeat)
      if (isSame(readHolder(lockFile), holder)) rmSync(lockFile, { force: true })
    },
  }
}

/** The identity of the running process. */
function thisProcess(): { pid: number; startedAt: string; namespace: string } {
  const identity = identifyProcess(process.pid)
  if (!identity) throw new LaunchError('This system does not tell when a process started (no /proc, no ps).')
  return identity
}

function makeDirectory(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 })
  } catch (cause) {
    throw new LaunchError(
      `The data directory ${path} cannot be created or written. Set FARTHING_DATA_DIR to a directory of yours.`,
      { cause },
    )
  }
}

/** The link appears whole or not at all, and only for one of several that try at once. */
function createLock(lockFile: string, holder: Holder): boolean {
  const draft = `${lockFile}.${process.pid}`
  try {
    writeFileSync(draft, JSON.stringify(holder), { mode: 0o600 })
    linkSync(draft, lockFile)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw new LaunchError(`The data directory cannot be written (${lockFile}). Set FARTHING_DATA_DIR to another one.`, {
      cause: error,
    })
  } finally {
    rmSync(draft, { force: true })
  }
}

function readHolder(lockFile: string): Holder | null {
  try {
    return holderSchema.parse(JSON.parse(readFileSync(lockFile, 'utf8')))
  } catch {
    return null
  }
}

/** Another one may have taken over in between: then its lock goes back to where it was. */
function removeStale(lockFile: string, stale: Holder | null): void {
  const aside = `${lockFile}.stale.${process.pid}`
  try {
    renameSync(lockFile, aside)
    if (!isSame(readHolder(aside), stale)) linkSync(aside, lockFile)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'EEXIST')))
      throw error
  } finally {
    rmSync(aside, { force: true })
  }
}

function isSame(one: Holder | null, other: Holder | null): boolean {
  return one?.pid === other?.pid && one?.startedAt === other?.startedAt && one?.since === other?.since
}

/** Process ids of another container mean nothing here; there, a holder shows itself by touching its lock. */
async function isHeld(lockFile: string, holder: Holder): Promise<boolean> {
  if (holder.namespace === processNamespace()) return isRunning(holder)
  const before = modifiedMs(lockFile)
  for (let waitedMs = 0; waitedMs < SILENCE_MS; waitedMs += POLL_MS) {
    await new Promise((done) => setTimeout(done, POLL_MS))
    if (modifiedMs(lockFile) !== before) return true
  }
  return false
}

function modifiedMs(file: string): number | null {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? null
}

function touch(file: string): void {
  try {
    utimesSync(file, new Date(), new Date())
  } catch {
    // The directory was removed under a running instance: there is nothing left to hold.
  }
}
