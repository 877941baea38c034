import 'server-only'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { pidFileOf } from '@/db/embedded/orphans'

const identity = z.object({ pid: z.number() })

/** Resident bytes of the engine, of Postgres and of the app, each with its children. */
export function measureMemory(dataDir: string): { engine: number; postgres: number; app: number } {
  const processes = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,rss='], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map((line) => {
      const [pid = 0, parent = 0, kib = 0] = line.trim().split(/\s+/).map(Number)
      return { pid, parent, bytes: kib * 1024 }
    })
  const bytesOf = (pid: number): number =>
    processes
      .filter((each) => each.pid === pid || each.parent === pid)
      .reduce((sum, each) => sum + (each.pid === pid ? each.bytes : bytesOf(each.pid)), 0)
  const residentBytes = (name: string) =>
    bytesOf(identity.parse(JSON.parse(readFileSync(pidFileOf(dataDir, name), 'utf8'))).pid)
  return { engine: residentBytes('clickhouse'), postgres: residentBytes('postgres'), app: residentBytes('web') }
}
