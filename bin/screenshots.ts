import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, chromium, type Page } from '@playwright/test'
import { CHROMIUM_ARGS, findOrInstallChromium } from '@/bin/launcher/find-chromium'
import { ROOT } from '@/bin/launcher/root'
import { type Lifecycle, runCommand } from '@/bin/launcher/run-command'
import { say, sayWhile } from '@/bin/launcher/say'
import { seedDemoData } from '@/bin/launcher/seed-demo-data'
import { serve } from '@/bin/launcher/serve'
import { findFreePort } from '@/db/embedded/free-port'
import { LaunchError } from '@/db/embedded/launch-error'

const PAGES = [
  ...['overview', 'endpoints', 'users', 'prompts', 'providers', 'models', 'requests'],
  ...['budgets', 'prices', 'close', 'costs', 'scenarios', 'alerts'],
]
const WIDTHS = [
  { name: '1440', width: 1440, height: 900 },
  { name: '390', width: 390, height: 844 },
]
const SCHEMES = ['light', 'dark'] as const
const DIRECTORY = join(ROOT, 'screenshots')
const PAGE_MS = 30_000

type Target = { url: string; email: string; password: string; workspace: string }

runCommand(async (lifecycle) => {
  const executablePath = findOrInstallChromium()
  const target = process.env.FARTHING_PUBLIC_URL
    ? readTarget(process.env.FARTHING_PUBLIC_URL)
    : await startDemo(lifecycle)
  mkdirSync(DIRECTORY, { recursive: true })
  const browser = await chromium.launch({ executablePath, args: CHROMIUM_ARGS })
  lifecycle.defer(() => browser.close())
  await sayWhile('Taking screenshots', async () => {
    for (const size of WIDTHS) {
      for (const colorScheme of SCHEMES) await takeAll(browser, target, size, colorScheme)
    }
  })
  say(`Saved to ${DIRECTORY}`)
  return 0
})

/** An instance that somebody else runs; the login and the workspace come from the environment. */
function readTarget(url: string): Target {
  const {
    FARTHING_EMAIL: email = 'demo@farthing.local',
    FARTHING_PASSWORD: password = 'demo-farthing',
    FARTHING_WORKSPACE: workspace,
  } = process.env
  if (!workspace) throw new LaunchError('FARTHING_WORKSPACE is not set: the slug of the workspace to take pictures of.')
  return { url, email, password, workspace }
}

async function startDemo(lifecycle: Lifecycle): Promise<Target> {
  const dataDir = mkdtempSync(join(tmpdir(), 'farthing-screenshots-'))
  lifecycle.defer(() => rmSync(dataDir, { recursive: true, force: true }))
  const port = await findFreePort()
  const url = `http://localhost:${port}`
  const settings = { port, host: '127.0.0.1', publicUrl: url, localUrl: url, dataDir }
  let target: Target | null = null
  await serve(lifecycle, {
    name: 'screenshots',
    mode: 'start',
    engines: 'embedded',
    settings,
    prepare: async () => {
      const { email, password, workspaces } = await seedDemoData()
      const [workspace] = workspaces
      if (workspace) target = { url, email, password, workspace }
    },
  })
  if (!target) throw new LaunchError('The demo data have no workspace.')
  return target
}

async function takeAll(
  browser: Browser,
  target: Target,
  size: (typeof WIDTHS)[number],
  colorScheme: (typeof SCHEMES)[number],
): Promise<void> {
  const { width, height } = size
  const context = await browser.newContext({ viewport: { width, height }, colorScheme, baseURL: target.url })
  const page = await context.newPage()
  page.setDefaultTimeout(PAGE_MS)
  await page.goto('/sign-in')
  await take(page, `sign-in-${size.name}-${colorScheme}`)
  await page.getByLabel('Email').fill(target.email)
  await page.getByLabel('Password').fill(target.password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.waitForURL((url) => url.pathname !== '/sign-in')
  for (const name of PAGES) {
    await page.goto(`/w/${target.workspace}/${name}`)
    await page.waitForLoadState('networkidle')
    await take(page, `${name}-${size.name}-${colorScheme}`)
  }
  await context.close()
}

async function take(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: join(DIRECTORY, `${name}.png`), fullPage: true, animations: 'disabled' })
  say(`  ${name}.png`)
}
