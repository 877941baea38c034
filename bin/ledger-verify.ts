import { parseArgs } from 'node:util'
import { connectEngines } from '@/bin/launcher/connect-engines'
import { closeClickHouse } from '@/db/clickhouse/client'
import { closePostgres } from '@/db/postgres/client'
import { type TableReport, verifyLedger } from '@/lib/ledger/verify'

const USAGE = `npm run ledger:verify -- [options]

  Compares every cell of the rollups with what the attempts give, day by day, and builds the days that differ anew.

  --no-repair              only compare
  --data-dir DIR           of the embedded engines (default: FARTHING_DATA_DIR, else .farthing)

Works beside a running instance. Exit code: 0 all cells agree, or agree after the repair; 1 some differ, or it could not run.`

const OPTIONS = {
  'no-repair': { type: 'boolean', default: false },
  'data-dir': { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
} as const

const SHOWN = 60

process.exitCode = await run(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message.split('\n')[0] : String(error))
  return 1
})

async function run(argv: string[]): Promise<0 | 1> {
  const { values } = parseArgs({ args: argv, options: OPTIONS })
  if (values.help) {
    console.log(USAGE)
    return 0
  }
  const engines = await connectEngines(values['data-dir'], 'a check of the ledger')
  try {
    const summary = await verifyLedger({ repair: !values['no-repair'], onTable: print })
    const { days, unbuiltDays, cells, differing, left } = summary
    const repaired = differing - left
    console.log(
      `${count(cells)} cells of ${count(days)} days compared: ${count(differing)} differed, ${count(repaired)} repaired, ${count(left)} left. ` +
        `${count(unbuiltDays)} other days are read from the attempts.`,
    )
    return left === 0 ? 0 : 1
  } finally {
    await Promise.all([closeClickHouse(), closePostgres()])
    await engines.stop()
  }
}

function print({ workspace, day, table, cells, differing, differences, state }: TableReport): void {
  const verdict = {
    agrees: 'agree',
    differs: `${count(differing)} differ`,
    repaired: `${count(differing)} differed, repaired`,
    moving: 'being written, read from the attempts',
  }[state]
  console.log(`${workspace} ${day} ${table}: ${count(cells)} cells, ${verdict}`)
  if (state !== 'differs' && state !== 'repaired') return
  for (const { key, column, stored, expected } of differences) {
    console.log(`  ${key} ${column}: stored ${shorten(stored)}, attempts give ${shorten(expected)}`)
  }
}

function shorten(value: string): string {
  return value === '' ? 'nothing' : value.length > SHOWN ? `${value.slice(0, SHOWN)}…` : value
}

function count(value: number): string {
  return value.toLocaleString('en-US')
}
