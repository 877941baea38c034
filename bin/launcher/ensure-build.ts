import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '@/bin/launcher/root'
import type { Lifecycle } from '@/bin/launcher/run-command'
import { sayWhile } from '@/bin/launcher/say'
import { spawnTied } from '@/bin/launcher/spawn-tied'
import { LaunchError } from '@/db/embedded/launch-error'

const STAMP = join(ROOT, '.next/farthing-build')
const BUILD_ID = join(ROOT, '.next/BUILD_ID')
/** What `next build` reads. */
const SOURCES = [
  'app',
  'components',
  'db',
  'lib',
  'public',
  'instrumentation.ts',
  'next.config.ts',
  'package-lock.json',
  'postcss.config.mjs',
  'proxy.ts',
  'tsconfig.json',
]

/** Builds the app unless the build there is was made of the same sources. */
export async function ensureBuild(lifecycle: Lifecycle): Promise<void> {
  const digest = digestSources()
  if (existsSync(BUILD_ID) && readIfExists(STAMP) === digest) return
  let output = ''
  const code = await sayWhile('Building the app. A minute or two, only when its sources have changed.', () =>
    runBuild(lifecycle, (chunk) => {
      output += chunk
    }),
  )
  if (code !== 0) {
    process.stderr.write(output)
    throw new LaunchError('The app cannot be built; what next build says is above.')
  }
  writeFileSync(STAMP, digest)
}

/**
 * Builds the app, whatever there is.
 * @returns the exit code
 */
export async function build(lifecycle: Lifecycle): Promise<number> {
  const digest = digestSources()
  const code = await runBuild(lifecycle, (chunk) => process.stdout.write(chunk))
  if (code === 0) writeFileSync(STAMP, digest)
  return code
}

async function runBuild(lifecycle: Lifecycle, onOutput: (chunk: string) => void): Promise<number> {
  const child = spawnTied({
    args: [join(ROOT, 'node_modules/next/dist/bin/next'), 'build'],
    env: { ...process.env, NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' },
  })
  lifecycle.defer(() => child.kill('SIGTERM'))
  child.stdout?.setEncoding('utf8').on('data', onOutput)
  child.stderr?.setEncoding('utf8').on('data', onOutput)
  return new Promise((resolve) => child.once('close', (code) => resolve(code ?? 1)))
}

function digestSources(): string {
  const hash = createHash('sha256').update(process.version)
  for (const source of SOURCES) {
    for (const file of listFiles(source)) {
      if (/\.test\.tsx?$/.test(file)) continue
      hash
        .update(file)
        .update('\0')
        .update(readFileSync(join(ROOT, file)))
        .update('\0')
    }
  }
  return hash.digest('hex')
}

function listFiles(path: string): string[] {
  const absolute = join(ROOT, path)
  if (!existsSync(absolute)) return []
  const entries = readEntries(absolute)
  if (entries === null) return [path]
  return entries.flatMap((entry) => listFiles(`${path}/${entry}`))
}

function readEntries(directory: string): string[] | null {
  try {
    return readdirSync(directory).sort()
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOTDIR') return null
    throw error
  }
}

function readIfExists(file: string): string | null {
  return existsSync(file) ? readFileSync(file, 'utf8') : null
}
