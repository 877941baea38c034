// Every npm script starts here: node bin/bootstrap.mjs COMMAND [ARGUMENTS]. Plain Node without a single dependency, since
// it is what installs them; then it hands over to bin/COMMAND.ts.
import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { constants } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)))
const MIN_NODE = [20, 9]
const ENGINE_PLATFORMS = ['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64']
const HEARTBEAT_MS = 10_000

/** Which engines a command needs: its own, those the settings name, or none; and whether it works without dev tools. */
const COMMANDS = new Map([
  ['bench', { engines: 'embedded', devTools: false }],
  ['build', { engines: 'none', devTools: true }],
  ['demo', { engines: 'embedded', devTools: false }],
  ['dev', { engines: 'configured', devTools: true }],
  ['import', { engines: 'configured', devTools: false }],
  ['ledger-verify', { engines: 'configured', devTools: false }],
  ['lint', { engines: 'none', devTools: true }],
  ['screenshots', { engines: 'embedded', devTools: true }],
  ['start', { engines: 'configured', devTools: false }],
  ['test', { engines: 'embedded', devTools: true }],
  ['test-full', { engines: 'embedded', devTools: true }],
  ['worker', { engines: 'configured', devTools: false }],
])

const [name = '', ...args] = process.argv.slice(2)
const command = COMMANDS.get(name)
if (!command) fail(`There is no command "${name}". There are: ${[...COMMANDS.keys()].join(', ')}.`)

checkNode()
const servers = command.engines === 'configured' ? configuredServers() : false
const isEmbedded = command.engines !== 'none' && !servers
if (isEmbedded) checkEnginePlatform()
await install(command.devTools)
if (isEmbedded) checkEngineLibrary()
process.exitCode = await run(
  process.execPath,
  ['--conditions=react-server', '--import', 'tsx', join(ROOT, 'bin', `${name}.ts`), ...args],
  ['inherit', 'inherit', 'inherit', 'ipc'],
)

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  const [minMajor = 0, minMinor = 0] = MIN_NODE
  if (major < minMajor || (major === minMajor && minor < minMinor)) {
    fail(`Farthing needs Node.js ${MIN_NODE.join('.')} or later; this is ${process.versions.node}.`)
  }
}

/** Whether both servers are named; one alone is a mistake. */
function configuredServers() {
  const names = ['CLICKHOUSE_URL', 'DATABASE_URL']
  const missing = names.filter((variable) => !process.env[variable])
  if (missing.length === 1) {
    const present = names.find((variable) => variable !== missing[0])
    fail(`${missing[0]} is not set, but ${present} is. Set both to use your servers, or neither for the embedded ones.`)
  }
  if (missing.length === 0 && (name === 'start' || name === 'worker') && !process.env.AUTH_SECRET) {
    fail(
      'AUTH_SECRET is not set. With servers of your own it must be, to the same value on every replica: openssl rand -base64 33',
    )
  }
  return missing.length === 0
}

function checkEnginePlatform() {
  const platform = `${process.platform}-${process.arch}`
  const isMusl = process.platform === 'linux' && !isGlibc()
  if (ENGINE_PLATFORMS.includes(platform) && !isMusl) return
  fail(
    `There is no embedded ClickHouse for ${platform}${isMusl ? ' with musl' : ''} (there is for ${ENGINE_PLATFORMS.join(', ')}; Linux with glibc). ` +
      'Set CLICKHOUSE_URL and DATABASE_URL to servers and use npm start.',
  )
}

function isGlibc() {
  const report = process.report.getReport()
  const { header } = typeof report === 'string' ? JSON.parse(report) : report
  return Boolean(header.glibcVersionRuntime)
}

/**
 * Installs what package-lock.json says unless it is installed already.
 * @param {boolean} devTools
 */
async function install(devTools) {
  const locked = readPackages(join(ROOT, 'package-lock.json'))
  if (!locked) fail('package-lock.json is missing or damaged: take a fresh clone.')
  if (!isInstalled(locked, devTools)) {
    say('Installing packages. The embedded ClickHouse alone is 0.5 GB: this takes a few minutes, once.')
    await runNpm(devTools ? ['ci', '--include=dev'] : ['ci'])
  }
}

/**
 * @param {string[]} npmArgs
 */
async function runNpm(npmArgs) {
  const startedMs = Date.now()
  const heartbeat = setInterval(() => {
    if (!process.stderr.isTTY) say(`Still installing (${Math.round((Date.now() - startedMs) / 1000)} s)`)
  }, HEARTBEAT_MS)
  const npm = process.env.npm_execpath
  const code = npm?.endsWith('.js')
    ? await run(process.execPath, [npm, ...npmArgs], ['inherit', 2, 2])
    : await run('npm', npmArgs, ['inherit', 2, 2])
  clearInterval(heartbeat)
  if (code !== 0) fail(`npm ${npmArgs[0]} failed; what it says is above. Run it again when that is mended.`)
}

/**
 * Whether node_modules is what the lockfile asks for, by the copy that npm leaves of it.
 * @param {Record<string, any>} locked
 * @param {boolean} devTools
 */
function isInstalled(locked, devTools) {
  const installed = readPackages(join(ROOT, 'node_modules/.package-lock.json'))
  if (!installed) return false
  return Object.entries(locked).every(([path, entry]) => {
    if (path === '' || entry.link) return true
    const found = installed[path]
    if (!found) return entry.optional || entry.devOptional || (entry.dev && !devTools)
    return found.version === entry.version
  })
}

/** npm leaves out an optional package that it cannot get, without a word. */
function checkEngineLibrary() {
  const platform = process.platform === 'linux' ? `linux-${process.arch}-gnu` : `${process.platform}-${process.arch}`
  if (existsSync(join(ROOT, 'node_modules/@chdb', `lib-${platform}`))) return
  fail(
    `The embedded ClickHouse (npm package @chdb/lib-${platform}) was not installed: run npm ci --include=optional, ` +
      'or set CLICKHOUSE_URL and DATABASE_URL to servers and use npm start.',
  )
}

/** @param {string} file */
function readPackages(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages
  } catch {
    return null
  }
}

/**
 * Runs a child to its end, passing signals on. Without us it has nobody to tell it to stop: it watches the channel.
 * @param {string} file
 * @param {string[]} childArgs
 * @param {import('node:child_process').StdioOptions} stdio
 * @returns {Promise<number>} its exit code
 */
function run(file, childArgs, stdio) {
  return new Promise((resolve) => {
    const child = spawn(file, childArgs, { cwd: ROOT, stdio })
    const forward = (/** @type {NodeJS.Signals} */ signal) => child.kill(signal)
    for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) process.on(signal, forward)
    child.once('error', (error) => fail(`${file} cannot be run: ${error.message}`))
    child.once('exit', (code, signal) => {
      for (const name of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) process.off(name, forward)
      resolve(code ?? 128 + (signal ? constants.signals[signal] : 0))
    })
  })
}

/** @param {string} line */
function say(line) {
  process.stderr.write(`${line}\n`)
}

/**
 * @param {string} line
 * @returns {never}
 */
function fail(line) {
  say(line)
  process.exit(1)
}
