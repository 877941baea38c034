import type { Timing } from '@/bench/ask-questions'
import type { Answered } from '@/bench/check-answers'
import { showBytes, showCount, showFactor, showMs } from '@/bench/format-figures'
import type { Floor } from '@/bench/measure-floor'
import type { IngestRate } from '@/bench/measure-ingest'
import type { TableSize } from '@/bench/measure-storage'
import type { Demand, Measured, Projection } from '@/bench/project-cluster'
import { quantile } from '@/bench/quantile'
import { QUESTIONS, type QuestionName } from '@/bench/questions'
import type { Table } from '@/bench/render-table'

type Timings = ReadonlyMap<QuestionName, Timing>

const names = QUESTIONS.map(({ name }) => name)
const engineMs = (timings: Timings | undefined, name: QuestionName): number =>
  timings?.get(name)?.engineMs ?? Number.NaN
const httpMs = (timings: Timings | undefined, name: QuestionName): number => timings?.get(name)?.httpMs ?? Number.NaN

/** What the engine may take for each question, in ms, on 2 cores with 20 million attempts of which 30 days are asked. */
const TARGET_MS: Readonly<Record<QuestionName, number>> = {
  'spend + requests by day': 4,
  'top 20 endpoints': 4,
  'top 20 users': 15,
  'model by day': 5,
  'p95 by model': 10,
  'prompt versions': 5,
}

/** Most that the app may add to the engine's time, and how much slower an answer may be while events stream in. */
const TARGET_OVER_HTTP_MS = 10
const TARGET_STREAMING_FACTOR = 2

/** The six questions of one workspace: the engine's own time and the time over HTTP, of 30 and 90 days. */
export function tabulateQuestions(title: string, month: Timings, quarter: Timings, first: Timings): Table {
  return {
    title,
    note: 'Medians in ms. Engine: the time in the engine’s log of all statements of a question. HTTP: POST /v1/query, to the last byte. Warm: the same range again, whose days stand, so that the engine is asked whether they still do. First: a range that nobody has asked for. Aim: the engine’s warm time of 30 days with 20 million attempts on 2 cores.',
    columns: [
      '30 days [90 days]',
      'engine',
      'aim',
      'HTTP',
      'HTTP − engine',
      'engine, first',
      'HTTP, first',
      'rows, first',
    ],
    rows: names.map((name) => [
      name,
      `${showMs(engineMs(month, name))} [${showMs(engineMs(quarter, name))}]`,
      showMs(TARGET_MS[name]),
      `${showMs(httpMs(month, name))} [${showMs(httpMs(quarter, name))}]`,
      `${showMs(httpMs(month, name) - engineMs(month, name))} (≤ ${TARGET_OVER_HTTP_MS})`,
      showMs(engineMs(first, name)),
      showMs(httpMs(first, name)),
      showCount(first.get(name)?.readRows ?? Number.NaN),
    ]),
  }
}

/** The same questions on other layouts of the same data in the same engine, and how many times longer they take. */
export function tabulatePeers(
  title: string,
  own: { warm: Timings; first: Timings },
  peers: readonly { name: string; timings: Timings }[],
): Table {
  return {
    title,
    note: 'The engine’s own time in ms, warm medians, in the same engine with the same attempts; in brackets how many times longer than here when a range is asked for the first time. Layouts without requests count attempts, which is cheaper. – is what a layout cannot answer.',
    columns: ['30 days', 'here', 'here, first', ...peers.map(({ name }) => name)],
    rows: names.map((name) => [
      name,
      showMs(engineMs(own.warm, name)),
      showMs(engineMs(own.first, name)),
      ...peers.map(({ timings }) =>
        timings.has(name)
          ? `${showMs(engineMs(timings, name))} (${showFactor(engineMs(timings, name) / engineMs(own.first, name))})`
          : '–',
      ),
    ]),
  }
}

/** Questions while events stream in, against the same questions in the quiet. */
export function tabulateStreaming(quiet: Timings, streaming: Timings, spaced: Timings, perSecond: number): Table {
  return {
    title: 'Questions while events stream in',
    note: `${showCount(perSecond)} events/s of today over HTTP, a third of them into the workspace that is asked. Warm medians in ms. Spaced: asked so far apart that something was stored in between, so that no answer is of what the attempts said the last time.`,
    columns: [
      '30 days',
      'engine, quiet',
      'engine, streaming',
      'ratio',
      'aim',
      'HTTP, streaming',
      'engine, spaced',
      'HTTP, spaced',
    ],
    rows: names.map((name) => [
      name,
      showMs(engineMs(quiet, name)),
      showMs(engineMs(streaming, name)),
      showFactor(engineMs(streaming, name) / engineMs(quiet, name)),
      showMs(TARGET_MS[name] * TARGET_STREAMING_FACTOR),
      showMs(httpMs(streaming, name)),
      showMs(engineMs(spaced, name)),
      showMs(httpMs(spaced, name)),
    ]),
  }
}

/** The same questions in stores of different sizes; the last column compares the largest with the one before. */
export function tabulateGrowth(sizes: readonly { attempts: number; timings: Timings }[]): Table {
  const [before, last] = sizes.slice(-2)
  return {
    title: 'Growth',
    note: 'The engine’s own time in ms of 30 days of the largest workspace. Aim: at most double from 2 to 20 million attempts.',
    columns: ['', ...sizes.map(({ attempts }) => showCount(attempts)), 'ratio'],
    rows: names.map((name) => [
      name,
      ...sizes.map(({ timings }) => showMs(engineMs(timings, name))),
      showFactor(engineMs(last?.timings, name) / engineMs(before?.timings, name)),
    ]),
  }
}

/** What bounds every answer from below. */
export function tabulateFloor(floors: readonly Floor[]): Table {
  return {
    title: 'The physical floor',
    note: 'Warm medians in ms: the engine’s own time, and the whole way over HTTP.',
    columns: ['', 'engine', 'HTTP', 'rows/s'],
    rows: floors.map((floor) => [
      floor.name,
      showMs(floor.engineMs),
      showMs(floor.httpMs),
      floor.rows > 1000 ? showCount((floor.rows / floor.engineMs) * 1000) : '',
    ]),
  }
}

/** How fast attempts are stored. */
export function tabulateIngest(rates: readonly IngestRate[]): Table {
  return {
    title: 'Ingest',
    note: 'Aims: 60,000 attempts/s through the insert path in batches of 1,000 (clients send at once, group commit makes one insert of what waits); 2,000/s over HTTP in batches of 100 with a p99 of 500 ms. A fixed rate counts latency from when a batch was due.',
    columns: ['', 'attempts', 'attempts/s', 'p50', 'p99', 'refused'],
    rows: rates.map((rate) => [
      rate.name,
      showCount(rate.attempts),
      showCount(rate.perSecond),
      `${showMs(rate.p50Ms)} ms`,
      `${showMs(rate.p99Ms)} ms`,
      showCount(rate.refused),
    ]),
  }
}

/** Times of single things, with their aims. */
export function tabulateLatencies(lines: readonly { name: string; tookMs: readonly number[]; aim: string }[]): Table {
  return {
    title: 'Pages and freshness',
    columns: ['', 'runs', 'p50', 'p95', 'aim'],
    rows: lines.map(({ name, tookMs, aim }) => [
      name,
      showCount(tookMs.length),
      `${showMs(quantile(tookMs, 0.5))} ms`,
      `${showMs(quantile(tookMs, 0.95))} ms`,
      aim,
    ]),
  }
}

/** Bytes on disk by table, of an attempt. */
export function tabulateStorage(
  attempts: number,
  ledger: readonly TableSize[],
  peers: readonly { name: string; tables: readonly TableSize[] }[],
): Table {
  const line = (name: string, bytes: number, rows: number, parts: number) => [
    name,
    showCount(rows),
    showBytes(bytes),
    (bytes / attempts).toFixed(1),
    showCount(parts),
  ]
  const sum = (tables: readonly TableSize[], field: 'bytes' | 'rows' | 'parts') =>
    tables.reduce((total, table) => total + table[field], 0)
  return {
    title: 'On disk',
    note: 'Two random ids and two tags in every attempt. Aim: 100 bytes an attempt, all tables of the ledger together.',
    columns: ['', 'rows', 'bytes', 'bytes/attempt', 'parts'],
    rows: [
      ...ledger.map(({ name, bytes, rows, parts }) => line(name, bytes, rows, parts)),
      line('the ledger', sum(ledger, 'bytes'), sum(ledger, 'rows'), sum(ledger, 'parts')),
      ...peers.map(({ name, tables }) =>
        line(`layout: ${name}`, sum(tables, 'bytes'), sum(tables, 'rows'), sum(tables, 'parts')),
      ),
    ],
  }
}

/** What the engine's own log of its queries weighs; what it costs in time is under the floor. */
export function tabulateLog(log: TableSize): Table {
  return {
    title: 'The engine’s log of queries',
    note: 'One row for each query of this run, kept for a day. What a row costs in time is the difference of the two SELECT 1 under the floor.',
    columns: ['rows', 'bytes', 'bytes/row'],
    rows: [[showCount(log.rows), showBytes(log.bytes), showCount(log.bytes / log.rows)]],
  }
}

/** Resident memory at some moments. */
export function tabulateMemory(
  moments: readonly { name: string; engine: number; postgres: number; app: number }[],
): Table {
  return {
    title: 'Resident memory',
    columns: ['', 'ClickHouse', 'PostgreSQL', 'app'],
    rows: moments.map(({ name, engine, postgres, app }) => [
      name,
      showBytes(engine),
      showBytes(postgres),
      showBytes(app),
    ]),
  }
}

/** Whether the sources of one range agree. */
export function tabulateAnswers(answers: readonly Answered[]): Table {
  return {
    title: 'Do the answers agree?',
    columns: ['', 'attempts', 'requests', 'spend in USD', ''],
    rows: answers.map(({ source, attempts, requests, spendUsd, isEqual }) => [
      source,
      showCount(attempts),
      requests === null ? '–' : showCount(requests),
      spendUsd,
      isEqual ? 'equal' : 'DIFFERENT',
    ]),
  }
}

/** How the data came in. */
export function tabulateLoading(
  sizes: readonly {
    attempts: number
    loadMs: number
    settleMs: number
    reconcileMs: number
    builtDays: number
    peers: readonly { name: string; durationMs: number; rows: number }[]
  }[],
): Table {
  return {
    title: 'Loading',
    note: 'Generated inside the engine and inserted into the table of attempts, past validation, identification and classification; everything that hangs on that table runs. The path of real events is measured under “Ingest”.',
    columns: ['', 'rows', 'seconds', 'rows/s'],
    rows: sizes.flatMap(({ attempts, loadMs, settleMs, reconcileMs, builtDays, peers }) => [
      [
        `${showCount(attempts)} attempts`,
        showCount(attempts),
        (loadMs / 1000).toFixed(1),
        showCount((1000 * attempts) / loadMs),
      ],
      ['  merged into one part a week, times into one part', '', (settleMs / 1000).toFixed(1), ''],
      [
        `  rollups of ${showCount(builtDays)} days built`,
        showCount(attempts),
        (reconcileMs / 1000).toFixed(1),
        showCount((1000 * attempts) / reconcileMs),
      ],
      ...peers.map(({ name, durationMs, rows }) => [
        `  layout: ${name}`,
        showCount(rows),
        (durationMs / 1000).toFixed(1),
        showCount((1000 * rows) / durationMs),
      ]),
    ]),
  }
}

/** The cluster that a demand takes. */
export function tabulateProjection(measured: Measured, demand: Demand, projection: Projection): Table {
  return {
    title: `Projection: ${showCount(demand.attemptsPerMonth)} attempts a month`,
    note: [
      `From the figures above: ${projection.bytesPerAttempt.toFixed(0)} bytes an attempt, ${showCount(measured.storedPerSecond)} rows/s into one engine and`,
      `${showCount(measured.ingestedPerSecond)} events/s through one app on ${measured.cores} cores that also ran the engine and the client. Inserts and apps are sized at half of that,`,
      `for a peak of ${demand.peakFactor} times the average; machines hold ${showBytes(demand.diskBytes)} of disk, ${Math.round(demand.diskFill * 100)} % full.`,
      'Attempts are sharded by workspace and externalRequestId, so a question runs on all shards side by side, each on its share.',
      `The slowest question took ${showMs(measured.slowestQuestionMs)} ms here and ${showFactor(measured.growthFactor)} of that of a tenth of the attempts.`,
    ].join(' '),
    columns: ['', 'figure'],
    rows: [
      ['average', `${showCount(projection.averagePerSecond)} attempts/s`],
      ['peak', `${showCount(projection.peakPerSecond)} attempts/s`],
      ['disk a month, one copy', showBytes(projection.bytesPerMonth)],
      [`disk of ${demand.retentionMonths} months, one copy`, showBytes(projection.retainedBytes)],
      [
        `disk of ${demand.retentionMonths} months, ${demand.replicas} copies`,
        showBytes(projection.retainedBytes * demand.replicas),
      ],
      ['shards that the disk asks for', showCount(projection.shardsForDisk)],
      ['shards that inserts ask for', showCount(projection.shardsForInserts)],
      [
        `machines for ClickHouse (${projection.shards} shards × ${demand.replicas} replicas)`,
        showCount(projection.machines),
      ],
      ['app processes at the peak', showCount(projection.appProcesses)],
      ['attempts on a shard', showCount(projection.attemptsPerShard)],
    ],
  }
}
