// Runs PGlite as a server in this process: node postgres-engine.mjs DIRECTORY PORT PID_FILE PARENT_PID
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { joinParent } from './join-parent.mjs'
import { servePostgres } from './postgres-server.mjs'

const [, , directory = '', port = '', pidFile = '', parentPid = ''] = process.argv
const database = join(directory, 'data')
const unfinished = join(directory, 'initialising')

joinParent(pidFile, Number(parentPid))
process.stdin.resume()
process.stdin.once('end', shutDown)
process.stdin.once('error', shutDown)
process.once('SIGTERM', shutDown)

const db = await openDatabase()
const password = readFileSync(join(directory, 'password'), 'utf8')
const server = await servePostgres({ db, port: Number(port), password })

/**
 * A first start that is killed half-way leaves the mark, and the next one starts afresh. A directory without the mark
 * is complete and never touched.
 */
async function openDatabase() {
  if (existsSync(unfinished)) rmSync(database, { recursive: true, force: true })
  if (existsSync(database)) return PGlite.create(database)
  writeFileSync(unfinished, '')
  const created = await createDatabase()
  rmSync(unfinished)
  return created
}

/** Creating a cluster takes seconds, unpacking one kept from an earlier run does not. */
async function createDatabase() {
  const template = templatePath()
  if (existsSync(template)) {
    return PGlite.create({ dataDir: database, loadDataDir: new Blob([readFileSync(template)]) })
  }
  const created = await PGlite.create(database)
  const dump = await created.dumpDataDir('none')
  try {
    mkdirSync(dirname(template), { recursive: true })
    writeFileSync(`${template}.${process.pid}`, Buffer.from(await dump.arrayBuffer()))
    renameSync(`${template}.${process.pid}`, template)
  } catch (error) {
    // Installed read-only: the next fresh directory takes as long as this one.
    if (!(error instanceof Error && 'code' in error && (error.code === 'EROFS' || error.code === 'EACCES'))) throw error
  }
  return created
}

function templatePath() {
  const module = dirname(createRequire(import.meta.url).resolve('@electric-sql/pglite'))
  const { version } = JSON.parse(readFileSync(join(module, '../package.json'), 'utf8'))
  return join(module, `../../../.cache/farthing/postgres-${version}.tar`)
}

async function shutDown() {
  try {
    await server.close()
    await db.close()
  } finally {
    process.exit(0)
  }
}
