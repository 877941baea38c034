import { rmSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { askFirst, askPeer, askQuestions, awaitRollups } from '@/bench/ask-questions'
import * as tables from '@/bench/build-tables'
import { checkAnswers } from '@/bench/check-answers'
import { copyData } from '@/bench/copy-data'
import type { Target } from '@/bench/http-client'
import { type Instance, openInstance } from '@/bench/instance'
import { loadPages, visitDashboards } from '@/bench/load-pages'
import { describeMachine, readLoad } from '@/bench/machine'
import { measureFloor } from '@/bench/measure-floor'
import {
  type IngestRate,
  measureClosedLoop,
  measureGroupCommit,
  measureIngestInProcess,
  measureInsert,
  measureOpenLoop,
} from '@/bench/measure-ingest'
import { measureMemory } from '@/bench/measure-memory'
import { measurePriceChange } from '@/bench/measure-price-change'
import { measureStorage } from '@/bench/measure-storage'
import { measureVisibility } from '@/bench/measure-visibility'
import { PEERS } from '@/bench/peers'
import { type LoadedData, prepareData } from '@/bench/prepare-data'
import { projectCluster } from '@/bench/project-cluster'
import { lastDays } from '@/bench/questions'
import { renderMarkdown, renderText, type Table } from '@/bench/render-table'
import { startStream } from '@/bench/stream-events'
import { INGEST_SLUG, secretOf, WORKSPACE_SLUGS } from '@/bench/world'
import { ROOT } from '@/bin/launcher/root'
import { type Lifecycle, runCommand } from '@/bin/launcher/run-command'
import { say, sayWhile } from '@/bin/launcher/say'
import { LaunchError } from '@/db/embedded/launch-error'
import { findWorkspaceBySlug } from '@/db/postgres/queries/workspaces'

const USAGE = `npm run bench -- [options]
  --attempts N    attempts in the store (20,000,000)
  --quick         fewer runs and shorter loads: a first impression
  --growth        also a hundredth of the attempts, beside the tenth that is always measured
  --fresh         load the data anew
  --write         write what was measured to bench/RESULTS.md
  --data-dir DIR  where the data are kept (.farthing/bench)`

const OPTIONS = {
  attempts: { type: 'string', default: '20000000' },
  quick: { type: 'boolean', default: false },
  growth: { type: 'boolean', default: false },
  fresh: { type: 'boolean', default: false },
  write: { type: 'boolean', default: false },
  'data-dir': { type: 'string', default: '.farthing/bench' },
  help: { type: 'boolean', short: 'h', default: false },
} as const

const STREAM_PER_SECOND = 1_000
/** As long as the stream must have gone on for what is measured to be how it goes on. */
const STREAM_BEFORE_MS = 30_000
/** A stream and what it makes the engine do beside it come in bursts: many more runs than of a quiet store. */
const STREAM_RUNS = 16
const SPACED_RUNS = 4
/** Longer than the stream goes without a batch. */
const STREAM_PAUSE_MS = 150
/** More than this before the start means that somebody else is measured too. */
const MAX_LOAD_PER_CORE = 0.5
const PLANS = {
  full: {
    runs: 11,
    warmUps: 3,
    floorRuns: 15,
    rateSeconds: 20,
    insertBatches: 60,
    events: 30,
    pages: 21,
    visitSeconds: 20,
  },
  quick: {
    runs: 7,
    warmUps: 1,
    floorRuns: 7,
    rateSeconds: 5,
    insertBatches: 15,
    events: 10,
    pages: 9,
    visitSeconds: 6,
  },
}

runCommand(async (lifecycle) => {
  const { values } = readOptions()
  if (values.help) {
    say(USAGE)
    return 0
  }
  const attempts = Number(values.attempts)
  if (!Number.isSafeInteger(attempts)) throw new LaunchError(`--attempts ${values.attempts}: must be a whole number.`)
  const plan = values.quick ? PLANS.quick : PLANS.full
  const directory = resolve(ROOT, values['data-dir'])
  const startedMs = performance.now()
  const loadBefore = readLoad()
  if (loadBefore > MAX_LOAD_PER_CORE * cpus().length) {
    say(
      `Others use this machine (load ${loadBefore.toFixed(1)} on ${cpus().length} cores): figures will be worse than it can do.`,
    )
  }
  const report: Table[] = []
  const add = (table: Table) => {
    report.push(table)
    say(`\n${renderText(table)}`)
  }

  const sizes = [...(values.growth ? [100] : []), 10]
    .map((divisor) => attempts / divisor)
    .filter((size) => size >= 20_000)
  const smaller: { attempts: number; timings: Awaited<ReturnType<typeof askQuestions>>; data: LoadedData }[] = []
  for (const size of sizes) {
    const data = await prepareData(lifecycle, { attempts: size, directory, isFresh: values.fresh, peers: [] })
    const instance = await openCopy(lifecycle, data, directory)
    const [target, month] = [targetOf(instance, bigSlug), lastDays(data.lastDayMs, 30)]
    const timings = await sayWhile(`Asking the questions of ${size.toLocaleString('en-US')} attempts`, async () => {
      await awaitRollups(everyoneOf(instance), month)
      return await askQuestions(target, month, plan)
    })
    await instance.close()
    smaller.push({ attempts: size, timings, data })
  }

  const data = await prepareData(lifecycle, { attempts, directory, isFresh: values.fresh, peers: PEERS })
  const instance = await openCopy(lifecycle, data, directory)
  const load = `${loadBefore.toFixed(1)} before the run, of ${cpus().length} cores`
  const machine = [...(await describeMachine()), ['Load by others', load] as const]
  const [month, quarter] = [lastDays(data.lastDayMs, 30), lastDays(data.lastDayMs, 90)]
  const [big, mid] = [targetOf(instance, bigSlug), targetOf(instance, midSlug)]
  const everyone = everyoneOf(instance)
  const bigId = idOf(data, bigSlug)
  const midId = idOf(data, midSlug)

  add(tables.tabulateLoading([...smaller.map((each) => each.data), data]))
  const answers = await checkAnswers(big, bigId, month, PEERS)
  const isRight = answers.every(({ isEqual }) => isEqual)
  add(tables.tabulateAnswers(answers))

  const storage = await measureStorage()
  const idle = { name: 'after the start', ...measureMemory(instance.dataDir) }

  const floors = await sayWhile('The floor', () =>
    measureFloor(big, { workspaceId: midId, hour: new Date(data.lastDayMs), runs: plan.floorRuns }),
  )
  add(tables.tabulateFloor(floors))

  const bigMonth = await sayWhile('The questions', async () => {
    await awaitRollups(everyone, month)
    return await askQuestions(big, month, plan)
  })
  const bigFirst = await askFirst(big, month, plan.runs)
  add(
    tables.tabulateQuestions(
      'Questions of the largest workspace (a third)',
      bigMonth,
      await askQuestions(big, quarter, plan),
      bigFirst,
    ),
  )
  const midMonth = await askQuestions(mid, month, plan)
  add(
    tables.tabulateQuestions(
      'Questions of a workspace in the middle (a sixteenth)',
      midMonth,
      await askQuestions(mid, quarter, plan),
      await askFirst(mid, month, plan.runs),
    ),
  )

  const peers = await sayWhile('The questions on other layouts', async () => {
    const timings = []
    for (const peer of PEERS)
      timings.push({ name: peer.name, timings: await askPeer(peer, { workspace: String(bigId), ...month }, plan) })
    return timings
  })
  add(tables.tabulatePeers('The same on other layouts, largest workspace', { warm: bigMonth, first: bigFirst }, peers))
  const growth = [...smaller, { attempts, timings: bigMonth }]
  if (growth.length > 1) add(tables.tabulateGrowth(growth))
  add(
    tables.tabulateStorage(
      attempts,
      storage.ledger,
      PEERS.map(({ name, tables: own }) => ({
        name,
        tables: storage.peers.filter((table) => own.some((each) => each.name === table.name)),
      })),
    ),
  )

  const pages = await sayWhile('Pages', () => loadPages(big, month, plan.pages))
  const asked = { name: 'after the questions', ...measureMemory(instance.dataDir) }

  const rates = await sayWhile('Ingest', () => measureRates(instance, data, plan))
  add(tables.tabulateIngest(rates))

  const stream = startStream([big, ...everyone.slice(1)], {
    perSecond: STREAM_PER_SECOND,
    lastDayMs: data.lastDayMs,
    series: 999,
  })
  const streaming = await sayWhile('The questions while events stream in', async () => {
    await setTimeout(STREAM_BEFORE_MS)
    return await askQuestions(big, month, { ...plan, runs: STREAM_RUNS * plan.runs })
  })
  const spaced = await sayWhile('The same, further apart', () =>
    askQuestions(big, month, { ...plan, runs: SPACED_RUNS * plan.runs, pauseMs: STREAM_PAUSE_MS }),
  )
  const seen = await sayWhile('Events until they are seen', () =>
    measureVisibility(mid, { events: plan.events, lastDayMs: data.lastDayMs }),
  )
  const visits = await sayWhile('Twenty people at their dashboards', () =>
    visitDashboards(everyone, month, { users: 20, everyMs: 5_000, seconds: plan.visitSeconds }),
  )
  const streamed = await stream.stop()
  if (streamed.failed > 0) say(`${streamed.failed} events of the stream were refused`)
  add(tables.tabulateStreaming(bigMonth, streaming, spaced, streamed.perSecond))
  add(
    tables.tabulateLatencies([
      { name: 'a page: the six questions side by side', tookMs: pages, aim: '60 ms' },
      { name: 'an event until a question counts it, while others stream in', tookMs: seen, aim: '5 s' },
      { name: 'a page of 20 people, each every 5 s, while events stream in', tookMs: visits, aim: '' },
    ]),
  )
  const loaded = { name: 'after the load', ...measureMemory(instance.dataDir) }
  add(tables.tabulateMemory([idle, asked, loaded]))
  const { log } = await measureStorage()
  if (log) add(tables.tabulateLog(log))

  const afterwards = await checkAnswers(big, bigId, month, [])
  const isStillRight = afterwards.every(({ isEqual }) => isEqual)
  add({ ...tables.tabulateAnswers(afterwards), title: 'Do the answers still agree after the load?' })

  const repriced = await sayWhile('A changed price', () => measurePriceChange(big, month))
  const entered = 'a price of a model’s whole history is entered, then undone, until a page shows it'
  add({ ...tables.tabulateLatencies([{ name: entered, tookMs: repriced, aim: '5 s' }]), title: 'Changed prices' })

  const slowest = Math.max(...[...bigMonth.values()].map(({ engineMs }) => engineMs))
  const smallerSlowest = Math.max(...[...(smaller.at(-1)?.timings.values() ?? [])].map(({ engineMs }) => engineMs))
  const measured = {
    attempts,
    ledgerBytes: storage.ledger.reduce((sum, { bytes }) => sum + bytes, 0),
    storedPerSecond: Math.max(...rates.filter(({ name }) => name.startsWith('rows')).map(({ perSecond }) => perSecond)),
    ingestedPerSecond: Math.max(
      ...rates.filter(({ name }) => name.startsWith('HTTP')).map(({ perSecond }) => perSecond),
    ),
    cores: cpus().length,
    slowestQuestionMs: slowest,
    growthFactor: slowest / smallerSlowest,
  }
  const demand = {
    attemptsPerMonth: 1e10,
    peakFactor: 4,
    retentionMonths: 13,
    replicas: 2,
    diskBytes: 4e12,
    diskFill: 0.6,
  }
  add(tables.tabulateProjection(measured, demand, projectCluster(measured, demand)))

  await instance.close()
  say(`Done in ${Math.round((performance.now() - startedMs) / 1000)} s.`)
  if (values.write) writeResults(attempts, machine, report)
  if (!isRight || !isStillRight) say('The answers do not agree: see above.')
  return isRight && isStillRight ? 0 : 1
})

const [bigSlug = '', midSlug = ''] = WORKSPACE_SLUGS

function readOptions() {
  try {
    return parseArgs({ options: OPTIONS })
  } catch (error) {
    throw new LaunchError(`${error instanceof Error ? error.message.split('. ')[0] : 'Wrong options'}.\n${USAGE}`)
  }
}

/** The data are never written to: a run works on a copy, which it leaves behind for nobody. */
async function openCopy(lifecycle: Lifecycle, data: LoadedData, directory: string): Promise<Instance> {
  const copy = join(directory, 'run')
  copyData(data.directory, copy)
  lifecycle.defer(() => rmSync(copy, { recursive: true, force: true }))
  return openInstance(lifecycle, copy)
}

function targetOf(instance: Instance, slug: string): Target {
  return { url: instance.url, key: secretOf(slug) }
}

function everyoneOf(instance: Instance): Target[] {
  return WORKSPACE_SLUGS.map((slug) => targetOf(instance, slug))
}

function idOf(data: LoadedData, slug: string): number {
  const found = data.workspaces.find((workspace) => workspace.slug === slug)
  if (!found) throw new Error(`there is no workspace ${slug} in the data`)
  return found.id
}

async function measureRates(instance: Instance, data: LoadedData, plan: (typeof PLANS)['full']): Promise<IngestRate[]> {
  const { lastDayMs } = data
  const ingest = await findWorkspaceBySlug(INGEST_SLUG)
  if (!ingest) throw new Error('there is no workspace to measure ingest in')
  const target = targetOf(instance, INGEST_SLUG)
  const rows = {
    fromWorkspaceId: idOf(data, midSlug),
    workspaceId: ingest.id,
    batches: plan.insertBatches,
    batch: 1_000,
  }
  return [
    await measureInsert({ ...rows, lanes: 1 }),
    await measureInsert({ ...rows, lanes: 4 }),
    await measureGroupCommit({ ...rows, batches: 3 * plan.insertBatches, lanes: 16 }),
    await measureInsert({ ...rows, batches: Math.ceil(plan.insertBatches / 10), batch: 10_000, lanes: 1 }),
    await measureInsert({ ...rows, batches: Math.ceil(plan.insertBatches / 10), batch: 10_000, lanes: 2 }),
    await measureIngestInProcess({
      workspaceId: ingest.id,
      lastDayMs,
      batches: plan.insertBatches,
      batch: 1_000,
      lanes: 8,
    }),
    await measureClosedLoop(target, { batch: 100, lanes: 8, seconds: plan.rateSeconds, lastDayMs }),
    await measureOpenLoop(target, { batch: 100, perSecond: 2_000, seconds: plan.rateSeconds, lastDayMs }),
    await measureClosedLoop(target, { batch: 500, lanes: 4, seconds: plan.rateSeconds, lastDayMs }),
    await measureOpenLoop(target, { batch: 1, perSecond: 200, seconds: plan.rateSeconds, lastDayMs }),
  ]
}

function writeResults(
  attempts: number,
  machine: readonly (readonly [string, string])[],
  report: readonly Table[],
): void {
  const head = [
    '# Results of the benchmark',
    '',
    `Written by \`npm run bench -- --attempts ${attempts} --write\` on ${new Date().toISOString().slice(0, 10)}. Every figure was measured in one run; the projection is`,
    'computed from them.',
    '',
    '| | |',
    '|---|---|',
    ...machine.map(([name, value]) => `| ${name} | ${value} |`),
    '',
  ]
  writeFileSync(join(ROOT, 'bench/RESULTS.md'), [...head, ...report.map(renderMarkdown)].join('\n'))
  say('Written to bench/RESULTS.md')
}
