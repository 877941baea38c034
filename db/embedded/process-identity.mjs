import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'

/**
 * What tells a process from another that got the same id later, on this machine or in another container.
 * @typedef {{ pid: number, startedAt: string, namespace: string }} ProcessIdentity
 */

/**
 * The identity of a running process of this machine.
 * @param {number} pid
 * @returns {ProcessIdentity | null} null when there is no such process, or only its remains.
 */
export function identifyProcess(pid) {
  const startedAt = process.platform === 'linux' ? linuxStart(pid) : unixStart(pid)
  return startedAt === null ? null : { pid, startedAt, namespace: processNamespace() }
}

/**
 * Whether the very process that `identity` names is still running. Only meaningful within its own namespace.
 * @param {ProcessIdentity} identity
 */
export function isRunning(identity) {
  return identifyProcess(identity.pid)?.startedAt === identity.startedAt
}

/** Where process ids mean the same thing: a pid namespace on Linux, else the host. */
export function processNamespace() {
  if (process.platform !== 'linux') return hostname()
  try {
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${readlinkSync('/proc/self/ns/pid')}`
  } catch {
    return hostname()
  }
}

/** @param {number} pid */
function linuxStart(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The second field is the name in brackets and may hold anything; fields are counted from behind it (proc(5)).
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    // A zombie with threads left is still dying, and holds its files and ports until they are gone.
    const isDead = fields[0] === 'Z' && readdirSync(`/proc/${pid}/task`).length <= 1
    return isDead ? null : (fields[19] ?? null)
  } catch {
    return null
  }
}

/** @param {number} pid */
function unixStart(pid) {
  try {
    const out = execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], {
      encoding: 'utf8',
      env: { ...process.env, LC_ALL: 'C' },
    })
    return out.trim() || null
  } catch {
    return null
  }
}
