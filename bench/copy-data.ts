import { copyFileSync, linkSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'

/** Files that the engine writes once and never changes: a second name for them is a copy. */
const IMMUTABLE = /\.bin$/
/** What belongs to a running instance, not to its data. */
const LEFT_OUT = new Set(['run', 'lock.json', 'engines.json'])

/**
 * Copies the data directory of an instance that is not running, in a moment whatever its size: column files are shared,
 * the rest is copied. What is written to the copy never shows in the original.
 */
export function copyData(from: string, to: string): void {
  rmSync(to, { recursive: true, force: true })
  copyDirectory(from, to, LEFT_OUT)
}

function copyDirectory(from: string, to: string, leftOut: ReadonlySet<string>): void {
  mkdirSync(to, { recursive: true, mode: 0o700 })
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    if (leftOut.has(entry.name)) continue
    const [source, target] = [join(from, entry.name), join(to, entry.name)]
    if (entry.isDirectory()) copyDirectory(source, target, new Set())
    else if (!entry.isFile()) continue
    else if (IMMUTABLE.test(entry.name)) linkSync(source, target)
    else copyFileSync(source, target)
  }
}
