import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { runSuite, type SuiteOptions } from '@/bench/exactness/suite'
import { runCommand } from '@/bin/launcher/run-command'
import { say } from '@/bin/launcher/say'
import { LaunchError } from '@/db/embedded/launch-error'

/** The whole suite, and the size that `npm test` runs. */
const FULL: SuiteOptions = { deliveries: 600_000, kills: 14, apps: 2, checkpoints: 6, seed: 20_260_701 }
const CI: SuiteOptions = { deliveries: 60_000, kills: 3, apps: 2, checkpoints: 1, seed: 20_260_701, questions: 16 }

runCommand(async (lifecycle) => {
  const { values } = parseArgs({
    options: {
      ci: { type: 'boolean', default: false },
      deliveries: { type: 'string' },
      kills: { type: 'string' },
      apps: { type: 'string' },
      checkpoints: { type: 'string' },
      seed: { type: 'string' },
      report: { type: 'string' },
    },
  })
  const base = values.ci ? CI : FULL
  const count = (name: Exclude<keyof typeof values, 'ci' | 'report'>): number => {
    const text = values[name]
    if (text === undefined) return base[name]
    if (!/^\d+$/.test(text)) throw new LaunchError(`--${name} is "${text}"; it must be a whole number.`)
    return Number(text)
  }
  const result = await runSuite(lifecycle, {
    ...base,
    deliveries: count('deliveries'),
    kills: count('kills'),
    apps: Math.max(1, count('apps')),
    checkpoints: count('checkpoints'),
    seed: count('seed'),
  })
  if (values.report) writeFileSync(values.report, JSON.stringify(result))
  say(`${result.passed} passed, ${result.failed} failed`)
  return result.failed === 0 ? 0 : 1
})
