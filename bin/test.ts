import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { checkTypes } from '@/bin/launcher/check-types'
import { ensureBuild } from '@/bin/launcher/ensure-build'
import { findOrInstallChromium } from '@/bin/launcher/find-chromium'
import { ROOT } from '@/bin/launcher/root'
import { type Lifecycle, runCommand } from '@/bin/launcher/run-command'
import { runTool } from '@/bin/launcher/run-tool'
import { say } from '@/bin/launcher/say'
import { findFreePort } from '@/db/embedded/free-port'

const RESULTS = join(ROOT, 'test-results')

type Count = { passed: number; failed: number }

const vitestReport = z.object({
  success: z.boolean(),
  testResults: z.array(z.object({ status: z.string(), assertionResults: z.array(z.object({ status: z.string() })) })),
})

const playwrightReport = z.object({
  errors: z.array(z.unknown()),
  stats: z.object({ expected: z.number(), unexpected: z.number(), flaky: z.number(), skipped: z.number() }),
})

const exactnessReport = z.object({ passed: z.number(), failed: z.number() })

runCommand(async (lifecycle) => {
  process.env.CHROMIUM_PATH = findOrInstallChromium()
  rmSync(RESULTS, { recursive: true, force: true })
  mkdirSync(RESULTS, { recursive: true })
  const counts = [
    // None of these three waits for anything, and types take one core only.
    ...(await Promise.all([
      countTool('Lint', () => runTool(lifecycle, 'biome', ['check'])),
      countTool('Types', () => checkTypes(lifecycle)),
      runVitest(lifecycle, 'unit'),
    ])),
    // Each half has engines of its own, so neither sees what the other leaves behind. The first is the shorter one.
    ...(
      await Promise.all([
        runVitest(lifecycle, 'int', '1/2').then(async (count) => [count, await runBuild(lifecycle)]),
        runVitest(lifecycle, 'int', '2/2').then((count) => [count]),
      ])
    ).flat(),
    await runPlaywright(lifecycle),
    await runExactness(lifecycle),
  ]
  const passed = counts.reduce((sum, count) => sum + count.passed, 0)
  const failed = counts.reduce((sum, count) => sum + count.failed, 0)
  say('')
  say(`${passed} passed, ${failed} failed`)
  return failed === 0 ? 0 : 1
})

async function countTool(title: string, run: () => Promise<number>): Promise<Count> {
  say(`\n${title}`)
  return countStep((await run()) === 0)
}

async function runVitest(lifecycle: Lifecycle, project: 'unit' | 'int', shard = '1/1'): Promise<Count> {
  say(`\n${project === 'unit' ? 'Unit tests' : `Integration tests ${shard}`}`)
  const file = join(RESULTS, `${project}-${shard.replace('/', '-of-')}.json`)
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`]
  const args = ['run', '--project', project, '--shard', shard, ...reporters]
  const code = await runTool(lifecycle, 'vitest', args)
  const report = readReport(vitestReport, file)
  if (!report) return countStep(false)
  const statuses = report.testResults.flatMap((result) => result.assertionResults.map(({ status }) => status))
  const passed = statuses.filter((status) => status === 'passed').length
  // A skipped test proves nothing, and a file that cannot be loaded has no tests to fail.
  const broken = report.testResults.filter(
    (result) => result.status === 'failed' && !result.assertionResults.some(({ status }) => status === 'failed'),
  ).length
  const failed = statuses.length - passed + broken
  return { passed, failed: failed === 0 && code !== 0 ? 1 : failed }
}

async function runBuild(lifecycle: Lifecycle): Promise<Count> {
  try {
    await ensureBuild(lifecycle)
    return { passed: 0, failed: 0 }
  } catch (error) {
    say(error instanceof Error ? error.message : String(error))
    return countStep(false)
  }
}

async function runPlaywright(lifecycle: Lifecycle): Promise<Count> {
  say('\nEnd-to-end tests')
  const dataDir = mkdtempSync(join(tmpdir(), 'farthing-e2e-'))
  lifecycle.defer(() => rmSync(dataDir, { recursive: true, force: true }))
  const file = join(RESULTS, 'e2e.json')
  const code = await runTool(lifecycle, 'playwright', ['test', '--config', 'e2e/playwright.config.ts'], {
    ...process.env,
    E2E_PORT: String(await findFreePort()),
    E2E_DATA_DIR: dataDir,
    E2E_REPORT: file,
  })
  const report = readReport(playwrightReport, file)
  if (!report) return countStep(false)
  const { expected, unexpected, flaky, skipped } = report.stats
  const failed = unexpected + flaky + skipped
  return { passed: expected, failed: failed === 0 && (code !== 0 || report.errors.length > 0) ? 1 : failed }
}

/** In a process of its own: it names engines of its own in the environment. */
async function runExactness(lifecycle: Lifecycle): Promise<Count> {
  say('\nExactness')
  const file = join(RESULTS, 'exactness.json')
  const script = join(ROOT, 'bin/test-full.ts')
  const code = await runTool(lifecycle, 'tsx', ['--conditions=react-server', script, '--ci', '--report', file])
  const report = readReport(exactnessReport, file)
  if (!report) return countStep(false)
  return { ...report, failed: report.failed === 0 && code !== 0 ? 1 : report.failed }
}

function countStep(isPassed: boolean): Count {
  return isPassed ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 }
}

function readReport<T>(schema: z.ZodType<T>, file: string): T | null {
  try {
    return schema.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch {
    return null
  }
}
