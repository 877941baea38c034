import 'server-only'
import { recordImport } from '@/lib/audit/record-import'
import { type IngestResult, ingestEvents } from '@/lib/events/ingest'
import { validateEvent } from '@/lib/events/validate-event'
import { isTimeZone } from '@/lib/time'
import { buildEvent } from './build-event'
import type { RecordPlace, RecordSource } from './file-record'
import { ImportError } from './import-error'
import { openText, type TextFile } from './open-text'
import { type EventPlan, planEvent } from './plan-event'
import { readCsv } from './read-csv'
import { readJsonArray } from './read-json-array'
import { readNdjson } from './read-ndjson'
import { type Reject, RejectLog } from './reject-log'

export const IMPORT_FORMATS = ['csv', 'ndjson', 'json'] as const
type ImportFormat = (typeof IMPORT_FORMATS)[number]

export type ImportOptions = {
  readonly path: string
  /** Null: nothing is stored, records are only checked. */
  readonly workspace: { readonly id: number } | null
  /** Null: by the file's extension. */
  readonly format: ImportFormat | null
  readonly delimiter: string
  readonly maps: readonly string[]
  readonly sets: readonly string[]
  readonly zone: string
  /** Where all rejected records are written as CSV. */
  readonly rejectsPath: string | null
  readonly now: () => Date
  readonly onProgress?: (progress: ImportProgress) => void
}

export type ImportProgress = { readonly records: number; readonly readBytes: number; readonly sizeBytes: number }

export type ImportSummary = {
  /** Records of the file: accepted + duplicates + rejected. */
  readonly records: number
  /** Stored by this run; in a dry run: would be valid. */
  readonly accepted: number
  /** Stored before, or twice in the file. */
  readonly duplicates: number
  readonly rejected: number
  /** The first {@link REJECTS_KEPT}, and the last: that one tells when the rest of the file could not be read. */
  readonly rejects: readonly Reject[]
  readonly unusedColumns: readonly string[]
}

/** Rejected records that the summary names, apart from the last. */
export const REJECTS_KEPT = 20

const EVENTS_PER_BATCH = 5_000

/**
 * Reads a file of events, record by record, and ingests them. Reading the same file again stores nothing twice; a run that
 * stopped half-way is finished by running it again.
 * @throws ImportError when the file, a mapping or the zone makes no sense; AppError `unavailable` when a store stops
 *   answering: what was stored until then stays.
 */
export async function importFile(options: ImportOptions): Promise<ImportSummary> {
  if (!isTimeZone(options.zone)) {
    throw new ImportError(`--zone ${options.zone}: no such time zone. Use an IANA name such as Europe/Berlin.`)
  }
  const file = await openText(options.path)
  const format = options.format ?? guessFormat(options.path)
  let readBytes = 0
  const chunks = file.chunks((bytes) => {
    readBytes = bytes
  })
  const source = await openRecords(format, chunks, options.delimiter)
  const plan = planEvent({ columns: source.columns, maps: options.maps, sets: options.sets, zone: options.zone })
  const log = options.rejectsPath === null ? null : await openLog(options.rejectsPath)
  try {
    const onBatch = (records: number) => options.onProgress?.({ records, readBytes, sizeBytes: file.sizeBytes })
    if (options.workspace) await recordImport(options.workspace.id, options.path, null)
    const summary = await ingestRecords(source, plan, file, options, log, onBatch)
    const { records, accepted, duplicates, rejected } = summary
    const outcome = { records, accepted, duplicates, rejected }
    if (options.workspace) await recordImport(options.workspace.id, options.path, outcome)
    return summary
  } finally {
    await log?.close()
  }
}

async function ingestRecords(
  source: RecordSource,
  plan: EventPlan,
  file: TextFile,
  options: ImportOptions,
  log: RejectLog | null,
  onBatch: (records: number) => void,
): Promise<ImportSummary> {
  const digest = await file.digest()
  const totals = { records: 0, accepted: 0, duplicates: 0, rejected: 0 }
  const kept: Reject[] = []
  let last: Reject | null = null
  let events: Readonly<Record<string, unknown>>[] = []
  let places: RecordPlace[] = []
  let rejects: Reject[] = []

  const flush = async (): Promise<void> => {
    const result = await deliver(events, options)
    for (const { index, code, message } of result.rejected) {
      const place = places[index]
      if (place)
        rejects.push({ line: place.line, element: place.element, code, message, record: JSON.stringify(events[index]) })
    }
    rejects.sort((a, b) => a.line - b.line || (a.element ?? 0) - (b.element ?? 0))
    totals.accepted += result.accepted
    totals.duplicates += result.duplicates
    totals.rejected += rejects.length
    kept.push(...rejects.slice(0, REJECTS_KEPT - kept.length))
    last = rejects.at(-1) ?? last
    await log?.write(rejects)
    events = []
    places = []
    rejects = []
    onBatch(totals.records)
  }

  for await (const record of source.records) {
    totals.records += 1
    const { line, element } = record
    const built = record.ok ? buildEvent(record, plan, digest) : record
    if (built.ok && 'event' in built) {
      events.push(built.event)
      places.push({ line, element })
    } else if (!built.ok) {
      const text = record.ok ? JSON.stringify(record.value) : record.text
      rejects.push({ line, element, code: 'unreadable', message: built.message, record: text })
    }
    if (events.length + rejects.length >= EVENTS_PER_BATCH) await flush()
  }
  await flush()
  if (last !== null && !kept.includes(last)) kept.push(last)
  return { ...totals, rejects: kept, unusedColumns: plan.unusedColumns }
}

async function deliver(
  events: readonly Readonly<Record<string, unknown>>[],
  { workspace, now }: ImportOptions,
): Promise<Pick<IngestResult, 'accepted' | 'duplicates' | 'rejected'>> {
  const receivedAt = now()
  if (workspace !== null) {
    const request = { workspace, apiKeyId: 0, defaults: { environment: null, dataMode: null } }
    return await ingestEvents({ ...request, events, receivedAt, mode: 'import' })
  }
  const rejected = events.flatMap((event, index) => {
    const checked = validateEvent(event, { receivedAtMs: receivedAt.getTime(), maxAgeDays: null })
    return checked.ok ? [] : [{ index, code: 'invalid_event', message: checked.message }]
  })
  return { accepted: events.length - rejected.length, duplicates: 0, rejected }
}

function guessFormat(path: string): ImportFormat {
  const extension = /\.(csv|tsv|txt|ndjson|jsonl|json)(?:\.gz)?$/i.exec(path)?.[1]?.toLowerCase()
  if (extension === 'csv' || extension === 'tsv' || extension === 'txt') return 'csv'
  if (extension === 'ndjson' || extension === 'jsonl') return 'ndjson'
  if (extension === 'json') return 'json'
  throw new ImportError(`The extension of ${path} does not tell its format: say --format csv, ndjson or json.`)
}

async function openRecords(
  format: ImportFormat,
  chunks: AsyncIterable<string>,
  delimiter: string,
): Promise<RecordSource> {
  if (format === 'csv') return await readCsv(chunks, delimiter)
  return format === 'ndjson' ? readNdjson(chunks) : readJsonArray(chunks)
}

async function openLog(path: string): Promise<RejectLog> {
  try {
    return await RejectLog.open(path)
  } catch (error) {
    throw new ImportError(`--rejects ${path} cannot be written.`, { cause: error })
  }
}
