import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { identifyProcess } from './process-identity.mjs'

/**
 * Notes this process in `pidFile`, so that a later launcher finds it should it outlive its parent, and ends it if the
 * parent is gone already. To be called before anything of the data directory is opened.
 * @param {string | null} pidFile null when nothing of a data directory is used
 * @param {number} parentPid
 */
export function joinParent(pidFile, parentPid) {
  if (pidFile !== null) {
    mkdirSync(dirname(pidFile), { recursive: true })
    const draft = `${pidFile}.${process.pid}`
    writeFileSync(draft, JSON.stringify(identifyProcess(process.pid)), { mode: 0o600 })
    renameSync(draft, pidFile)
  }
  if (process.ppid !== parentPid) process.exit(1)
}
