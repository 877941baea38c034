import { parseArgs } from 'node:util'
import { connectEngines } from '@/bin/launcher/connect-engines'
import { closeClickHouse } from '@/db/clickhouse/client'
import { closePostgres } from '@/db/postgres/client'
import { findImportWorkspace } from '@/lib/import/find-workspace'
import { ImportError } from '@/lib/import/import-error'
import { IMPORT_FORMATS, type ImportProgress, type ImportSummary, importFile } from '@/lib/import/import-file'

const USAGE = `npm run import -- FILE --workspace SLUG [options]

  FILE                     CSV with a header, NDJSON or a JSON array; also .gz
  --workspace SLUG         where the events go
  --create-workspace       create it if it does not exist
  --format csv|ndjson|json default: by the extension
  --delimiter ';'          of CSV; "tab" is a tab (default: comma; .tsv: tab)
  --map field=column       which column fills a field, repeatable: --map inputTokens=ContextTokens --map tags.team=Team
  --set field=value        a constant, repeatable: --set region=eu
  --provider, --model, --endpoint, --prompt-version, --user, --environment, --data-mode, --status
                           constants for these fields
  --zone Europe/Berlin     of timestamps that name no zone (default: UTC)
  --rejects FILE           write all rejected records there, as CSV
  --dry-run                check everything, store nothing
  --data-dir DIR           of the embedded engines (default: FARTHING_DATA_DIR, else .farthing)

Columns that are named as a field of an event are taken without --map. Running the same command again stores nothing twice.
Exit code: 0 all accepted, 2 some were rejected, 1 it could not run.`

/** Options that are short for `--set field=…`. */
const CONSTANT_OPTIONS = [
  ['provider', 'provider'],
  ['model', 'model'],
  ['endpoint', 'endpointTag'],
  ['prompt-version', 'promptVersion'],
  ['user', 'userId'],
  ['environment', 'environment'],
  ['data-mode', 'dataMode'],
  ['status', 'status'],
] as const

const OPTIONS = {
  workspace: { type: 'string' },
  'create-workspace': { type: 'boolean', default: false },
  format: { type: 'string' },
  delimiter: { type: 'string' },
  map: { type: 'string', multiple: true },
  set: { type: 'string', multiple: true },
  provider: { type: 'string' },
  model: { type: 'string' },
  endpoint: { type: 'string' },
  'prompt-version': { type: 'string' },
  user: { type: 'string' },
  environment: { type: 'string' },
  'data-mode': { type: 'string' },
  status: { type: 'string' },
  zone: { type: 'string', default: 'UTC' },
  rejects: { type: 'string' },
  'dry-run': { type: 'boolean', default: false },
  'data-dir': { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
} as const

process.exitCode = await run(process.argv.slice(2)).catch((error: unknown) => {
  console.error(`\r${error instanceof Error ? error.message.split('\n')[0] : String(error)}`)
  return 1
})

async function run(argv: string[]): Promise<0 | 2> {
  const { values, positionals } = readArguments(argv)
  if (values.help) {
    console.log(USAGE)
    return 0
  }
  const [path] = positionals
  if (path === undefined || positionals.length > 1) throw new ImportError('Name one FILE. See npm run import -- --help')
  const format = IMPORT_FORMATS.find((name) => name === values.format) ?? null
  if (values.format !== undefined && format === null) {
    throw new ImportError(`--format ${values.format}: one of ${IMPORT_FORMATS.join(', ')}.`)
  }
  const slug = values.workspace
  if (slug === undefined && !values['dry-run'])
    throw new ImportError('--workspace is missing: name where the events go.')
  const constants = CONSTANT_OPTIONS.flatMap(([option, field]) => {
    const value = values[option]
    return value === undefined ? [] : [`${field}=${value}`]
  })
  const importWith = (workspace: { id: number } | null): Promise<ImportSummary> =>
    importFile({
      path,
      workspace,
      format,
      delimiter: readDelimiter(values.delimiter, path),
      maps: values.map ?? [],
      sets: [...constants, ...(values.set ?? [])],
      zone: values.zone,
      rejectsPath: values.rejects ?? null,
      now: () => new Date(),
      onProgress: createProgressPrinter(),
    })
  if (values['dry-run'] || slug === undefined) return report(await importWith(null), { isDryRun: true })
  const engines = await connectEngines(values['data-dir'], 'an import')
  try {
    const workspace = await findImportWorkspace(slug, { create: values['create-workspace'] })
    return report(await importWith(workspace), { isDryRun: false })
  } finally {
    await Promise.all([closeClickHouse(), closePostgres()])
    await engines.stop()
  }
}

function readArguments(argv: string[]) {
  try {
    return parseArgs({ args: argv, options: OPTIONS, allowPositionals: true })
  } catch (error) {
    const problem = error instanceof Error ? error.message.split('. ')[0] : 'Wrong options'
    throw new ImportError(`${problem}. See npm run import -- --help`)
  }
}

function readDelimiter(option: string | undefined, path: string): string {
  if (option === undefined) return /\.tsv(\.gz)?$/i.test(path) ? '\t' : ','
  const delimiter = option === 'tab' || option === '\\t' ? '\t' : option
  if (delimiter.length !== 1 || /["\r\n]/.test(delimiter))
    throw new ImportError('--delimiter must be one character, or tab.')
  return delimiter
}

function createProgressPrinter(): (progress: ImportProgress) => void {
  const startedMs = performance.now()
  const isTerminal = process.stderr.isTTY
  let printedMs = startedMs
  return ({ records, readBytes, sizeBytes }) => {
    const nowMs = performance.now()
    if (!isTerminal && nowMs - printedMs < 2_000) return
    printedMs = nowMs
    const share = sizeBytes === 0 ? 100 : Math.floor((100 * readBytes) / sizeBytes)
    const perSecond = Math.round((1000 * records) / Math.max(1, nowMs - startedMs))
    const line = `${records.toLocaleString('en-US')} records, ${share} %, ${perSecond.toLocaleString('en-US')} records/s`
    process.stderr.write(isTerminal ? `\r\u001b[2K${line}` : `${line}\n`)
  }
}

function report(summary: ImportSummary, { isDryRun }: { isDryRun: boolean }): 0 | 2 {
  const { records, accepted, duplicates, rejected, rejects, unusedColumns } = summary
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[2K')
  for (const { line, element, message } of rejects) {
    console.error(`line ${line}${element === null ? '' : `, element ${element}`}: ${message}`)
  }
  if (rejected > rejects.length)
    console.error(`… and ${rejected - rejects.length} more; --rejects FILE writes all of them.`)
  if (unusedColumns.length > 0) console.error(`Columns that no field takes (--map): ${unusedColumns.join(', ')}`)
  const stored = isDryRun ? `${accepted} valid (nothing was stored)` : `${accepted} stored, ${duplicates} known before`
  console.log(`${records} records: ${stored}, ${rejected} rejected.`)
  return rejected === 0 ? 0 : 2
}
