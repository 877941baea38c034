// Runs ClickHouse in this process: node clickhouse-engine.mjs DIRECTORY PORT PID_FILE PARENT_PID
import { readFileSync, readSync, rmSync, writeSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { isMainThread, parentPort, Worker } from 'node:worker_threads'
import { askClickhouse } from './ask-clickhouse.mjs'
import { joinParent } from './join-parent.mjs'

/**
 * Keeps `clickhouse local`, and with it the listener, alive. It waits in SQL rather than on a file, so that the local
 * user, who has no password, needs no right to read files.
 */
const HOLD = `SELECT sleepEachRow(0.25) FROM system.numbers
  SETTINGS max_block_size = 1, max_threads = 1, log_queries = 0 FORMAT Null`
const SHUTDOWN_MS = 8_000

const [, , directory = '', port = '', pidFile = '', parentPid = ''] = process.argv

if (isMainThread) await runEngine()
else await endWithParent()

async function runEngine() {
  joinParent(pidFile, Number(parentPid))
  // The engine forgets its own log tables when it ends, but not their files, over which it cannot create them again: without
  // this, nothing is logged from the second start on.
  rmSync(join(directory, 'data', 'data', 'system'), { recursive: true, force: true })
  const { DataType, load, open } = await import('ffi-rs')
  open({ library: 'chdb', path: libraryPath() })
  // After the library: one that is loaded while another thread sits in a blocking read never returns from its call.
  const watch = new Worker(new URL(import.meta.url), { argv: process.argv.slice(2) })
  await new Promise((resolve) => watch.once('message', resolve))
  const argv = [
    'clickhouse',
    '--path',
    join(directory, 'data'),
    '--config-file',
    join(directory, 'config.xml'),
    '--query',
    `SYSTEM START LISTEN HTTP; ${isShard() ? 'SYSTEM START LISTEN TCP; ' : ''}${HOLD}`,
  ]
  load({
    library: 'chdb',
    funcName: 'chdb_query_cmdline',
    retType: DataType.External,
    paramsType: [DataType.I32, DataType.StringArray],
    paramsValue: [argv.length, argv],
    runInNewThread: false,
  })
  process.exit(0)
}

/** Shards of a cluster talk to each other over a listener of their own. */
function isShard() {
  return readFileSync(join(directory, 'config.xml'), 'utf8').includes('<tcp_port>')
}

function libraryPath() {
  const platform = process.platform === 'linux' ? `linux-${process.arch}-gnu` : `${process.platform}-${process.arch}`
  return join(dirname(createRequire(import.meta.url).resolve(`@chdb/lib-${platform}`)), 'libchdb.so')
}

/** The engine blocks the main thread, so a second one waits for the end of stdin and then cancels the holding query. */
async function endWithParent() {
  parentPort?.postMessage('watching')
  const buffer = Buffer.alloc(64)
  try {
    while (readSync(0, buffer) > 0);
  } catch (error) {
    writeSync(2, `${error instanceof Error ? error.message : error}\n`)
  }
  const timeout = setTimeout(() => process.kill(process.pid, 'SIGKILL'), SHUTDOWN_MS)
  try {
    const authorization = readFileSync(join(directory, 'authorization'), 'utf8')
    const sql = "KILL QUERY WHERE user = '' SYNC"
    await askClickhouse({ port: Number(port), authorization, sql, timeoutMs: SHUTDOWN_MS })
  } catch {
    // Not listening yet or any more: there is nothing under way that could be lost.
    clearTimeout(timeout)
    process.kill(process.pid, 'SIGKILL')
  }
}
