import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { chromium } from '@playwright/test'
import { ROOT } from '@/bin/launcher/root'
import { say } from '@/bin/launcher/say'
import { LaunchError } from '@/db/embedded/launch-error'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']

/** Chromium as root has no sandbox of its own, and a test's browser must not fetch things for itself. */
export const CHROMIUM_ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
]

/**
 * A Chromium to test with: the one CHROMIUM_PATH names, the system's, else one that is installed now, by apt or else by
 * Playwright.
 * @returns the path of its executable
 * @throws LaunchError when there is none and none can be installed
 */
export function findOrInstallChromium(): string {
  const { CHROMIUM_PATH } = process.env
  if (CHROMIUM_PATH) {
    if (existsSync(CHROMIUM_PATH)) return CHROMIUM_PATH
    throw new LaunchError(`CHROMIUM_PATH is ${CHROMIUM_PATH}, where there is nothing.`)
  }
  const found = findInstalled() ?? installByApt() ?? installByPlaywright()
  if (found) return found
  throw new LaunchError(
    'The end-to-end tests need Chromium, which neither apt nor Playwright can install here: install it and set CHROMIUM_PATH to its executable.',
  )
}

function findInstalled(): string | null {
  for (const directory of (process.env.PATH ?? '').split(delimiter)) {
    for (const name of NAMES) {
      if (directory && works(join(directory, name))) return join(directory, name)
    }
  }
  const ownPath = chromium.executablePath()
  return works(ownPath) ? ownPath : null
}

function installByApt(): string | null {
  if (process.platform !== 'linux' || spawnSync('apt-get', ['--version']).status !== 0) return null
  const prefix = process.getuid?.() === 0 ? [] : ['sudo', '-n']
  if (prefix.length > 0 && spawnSync('sudo', ['-n', 'true']).status !== 0) return null
  say('Installing Chromium with apt-get')
  return run([...prefix, 'apt-get', 'update']) &&
    run([...prefix, 'apt-get', 'install', '-y', '--no-install-recommends', 'chromium'])
    ? findInstalled()
    : null
}

function installByPlaywright(): string | null {
  say("Installing Playwright's Chromium")
  return run([join(ROOT, 'node_modules/.bin/playwright'), 'install', 'chromium']) ? findInstalled() : null
}

function run([file = '', ...args]: string[]): boolean {
  return spawnSync(file, args, { stdio: ['ignore', 'inherit', 'inherit'] }).status === 0
}

/** A name may exist and lead nowhere, as Ubuntu's stub for a snap does. */
function works(path: string): boolean {
  return existsSync(path) && spawnSync(path, ['--version'], { timeout: 20_000 }).status === 0
}
