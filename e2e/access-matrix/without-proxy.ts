import { type ChildProcess, spawn } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from '@playwright/test'
import { z } from 'zod'
import { findFreePort } from '../../db/embedded/free-port'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

const engines = z.object({ clickhouseUrl: z.string(), clickhouseReadUrl: z.string(), databaseUrl: z.string() })
const secrets = z.object({ auth: z.string(), encryption: z.string() })
const functions = z.object({ functions: z.record(z.string(), z.unknown()) }).loose()

/**
 * Serves the build under test a second time, on the same stores, as if its sources had no proxy file: the build without
 * its compiled proxy. Builds of both kinds differ in nothing else, and this one takes no minutes to make.
 */
export async function startWithoutProxy(baseURL: string): Promise<{ url: string; stop: () => Promise<void> }> {
  const directory = mkdtempSync(join(tmpdir(), 'farthing-no-proxy-'))
  copyBuildWithoutProxy(directory)
  const port = await findFreePort()
  const url = `http://localhost:${port}`
  const child = spawn(process.execPath, [join(ROOT, 'node_modules/next/dist/bin/next'), 'start', '-p', String(port)], {
    cwd: directory,
    env: { ...process.env, ...readInstanceEnv(), PORT: String(port), FARTHING_PUBLIC_URL: baseURL },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const stop = () => stopChild(child, directory)
  try {
    await expect
      .poll(async () => (await fetch(`${url}/readyz`).catch(() => null))?.status, { timeout: 60_000 })
      .toBe(200)
    const page = await fetch(`${url}/sign-in`)
    expect(page.headers.get('content-security-policy') ?? '', 'the proxy still runs').not.toContain('nonce-')
  } catch (error) {
    await stop()
    throw error
  }
  return { url, stop }
}

function copyBuildWithoutProxy(directory: string): void {
  const build = join(directory, '.next')
  cpSync(join(ROOT, '.next'), build, {
    recursive: true,
    verbatimSymlinks: true,
    filter: (path) => !/\.next\/(cache|dev|diagnostics|trace)/.test(path),
  })
  for (const name of ['node_modules', 'package.json', 'next.config.ts', 'tsconfig.json', 'public']) {
    if (existsSync(join(ROOT, name))) symlinkSync(join(ROOT, name), join(directory, name))
  }
  const manifest = join(build, 'server/functions-config-manifest.json')
  const { functions: kept, ...rest } = functions.parse(JSON.parse(readFileSync(manifest, 'utf8')))
  delete kept['/_middleware']
  writeFileSync(manifest, JSON.stringify({ ...rest, functions: kept }))
  rmSync(join(build, 'server/middleware.js'))
}

/** How the instance under test reaches its stores and seals its secrets. */
function readInstanceEnv(): Record<string, string> {
  const directory = process.env.E2E_DATA_DIR ?? ''
  const read = (file: string): unknown => JSON.parse(readFileSync(join(directory, file), 'utf8'))
  const { clickhouseUrl, clickhouseReadUrl, databaseUrl } = engines.parse(read('engines.json'))
  const { auth, encryption } = secrets.parse(read('secrets.json'))
  return {
    NODE_ENV: 'production',
    NEXT_TELEMETRY_DISABLED: '1',
    CLICKHOUSE_URL: clickhouseUrl,
    CLICKHOUSE_READ_URL: clickhouseReadUrl,
    DATABASE_URL: databaseUrl,
    AUTH_SECRET: auth,
    AUTH_TRUST_HOST: 'true',
    FARTHING_ENCRYPTION_KEY: encryption,
    FARTHING_DATA_DIR: directory,
    LOG_LEVEL: 'warn',
  }
}

async function stopChild(child: ChildProcess, directory: string): Promise<void> {
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  if (child.exitCode === null) {
    child.kill('SIGTERM')
    await ended
  }
  rmSync(directory, { recursive: true, force: true })
}
