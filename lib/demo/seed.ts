import 'server-only'
import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import { insertRows, queryRows, runCommand } from '@/db/clickhouse/client'
import { type DemoWorkspaceRow, findDemoWorkspaces } from '@/db/postgres/queries/demo'
import { applyProvision } from '@/lib/auth/provision'
import { AppError } from '@/lib/errors'
import { createPriceIndex, loadListPriceBook } from '@/lib/pricing/price-book'
import { DEMO_REQUEST_ID, generateAttemptsSql, stageWorld } from './generate-sql'
import { type HourPlan, planHours } from './plan-hours'
import { seedBudgets } from './seed-budgets'
import { seedClose } from './seed-close'
import { seedRules } from './seed-rules'
import { WORKSPACES } from './world'

/** The login of the demo. It exists only where demo data were asked for. */
export const DEMO_LOGIN = { email: 'demo@farthing.local', password: 'demo-farthing' }

/** Days of demo data, up to the last full hour. */
const DEMO_DAYS = 90

/** Hours of single workspaces; bounds the engine's memory to about half a gigabyte. */
const HOURS_PER_STATEMENT = 3_000

const KEY_NAME = 'demo gateway'
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/**
 * Creates the demo's workspaces, login and keys, and generates what is missing of their data: everything the first time,
 * the hours that have passed since the last, the rest of a generation that was cut off, or nothing. Keys are told to
 * `onProgress` once, when they are created.
 * @throws AppError `conflict` when a workspace of one of the demo's names is not a demo; `unavailable` when an engine
 *   does not answer.
 */
export async function seedDemo(options: {
  now: Date
  onProgress: (line: string) => void
}): Promise<{ email: string; password: string; workspaces: string[] }> {
  const { now, onProgress } = options
  const workspaces = await prepareWorkspaces(onProgress)
  const toMs = Math.floor(now.getTime() / HOUR_MS) * HOUR_MS
  const fromMs = Math.floor(now.getTime() / DAY_MS) * DAY_MS - DEMO_DAYS * DAY_MS
  const stored = await readStoredHours(workspaces, fromMs)
  const anchorMs = stored.anchorMs ?? Math.floor(now.getTime() / DAY_MS) * DAY_MS
  const missing = planHours(fromMs, toMs, anchorMs).filter((hour) => !stored.isComplete(hour))
  if (missing.length === 0) {
    onProgress('Demo data: up to date.')
  } else {
    onProgress(`Demo data: generating ${countRequests(missing)} requests …`)
    const startedMs = performance.now()
    for (let at = 0; at < missing.length; at += HOURS_PER_STATEMENT) {
      await generate(missing.slice(at, at + HOURS_PER_STATEMENT), anchorMs, workspaces)
      const share = Math.min(1, (at + HOURS_PER_STATEMENT) / missing.length)
      onProgress(
        `Demo data: ${Math.round(share * 100)} % after ${((performance.now() - startedMs) / 1000).toFixed(1)} s`,
      )
    }
  }
  for (const [index, { slug }] of WORKSPACES.entries()) {
    const seeded = workspaces[index]
    if (seeded) await seedRules({ id: seeded.id, slug }, now)
  }
  await seedBudgets(now, DEMO_LOGIN.email)
  await seedClose(now, DEMO_LOGIN.email)
  return { ...DEMO_LOGIN, workspaces: WORKSPACES.map(({ slug }) => slug) }
}

type SeededWorkspace = { readonly id: number; readonly apiKeyId: number }

async function prepareWorkspaces(onProgress: (line: string) => void): Promise<SeededWorkspace[]> {
  const slugs = WORKSPACES.map(({ slug }) => slug)
  const before = new Map((await findDemoWorkspaces(slugs, KEY_NAME)).map((row) => [row.slug, row]))
  const foreign = [...before.values()].find(({ isDemo }) => !isDemo)
  if (foreign) {
    throw new AppError(
      'conflict',
      `A workspace ${foreign.slug} exists and holds no demo data. Rename it, or use another data directory for the demo.`,
    )
  }
  const secrets = new Map<string, string>()
  for (const slug of slugs) {
    if ((before.get(slug)?.apiKeyId ?? null) === null) secrets.set(slug, `fk_${randomBytes(24).toString('hex')}`)
  }
  await applyProvision({
    workspaces: WORKSPACES.map(({ slug, name, timeZone }) => {
      const secret = secrets.get(slug)
      return {
        slug,
        name,
        timeZone,
        isDemo: true,
        defaultEnvironments: ['prod'],
        defaultDataModes: ['demo'],
        keys: secret === undefined ? [] : [{ name: KEY_NAME, secret, scopes: ['ingest', 'read'], dataMode: 'demo' }],
      }
    }),
    users: [{ ...DEMO_LOGIN, name: 'Demo', roles: Object.fromEntries(slugs.map((slug) => [slug, 'owner' as const])) }],
  })
  for (const [slug, secret] of secrets) onProgress(`API key of ${slug} (shown once): ${secret}`)
  const after = new Map((await findDemoWorkspaces(slugs, KEY_NAME)).map((row) => [row.slug, row]))
  return slugs.map((slug) => toSeeded(slug, after.get(slug)))
}

function toSeeded(slug: string, row: DemoWorkspaceRow | undefined): SeededWorkspace {
  if (!row || row.apiKeyId === null)
    throw new Error(`the demo workspace ${slug} or its key is missing after provisioning`)
  return { id: row.id, apiKeyId: row.apiKeyId }
}

const storedHour = z.object({
  workspace_id: z.number(),
  hour_ms: z.coerce.number(),
  /** 0 when an attempt of the hour is missing. */
  requests: z.coerce.number(),
  anchor_day: z.string(),
})

type StoredHours = { readonly anchorMs: number | null; isComplete(hour: HourPlan): boolean }

/** What is there of the window. All of it counts from one anchor, because a new one is taken only when the window is empty. */
async function readStoredHours(workspaces: readonly SeededWorkspace[], fromMs: number): Promise<StoredHours> {
  const rows = await queryRows(
    storedHour,
    `SELECT workspace_id, toUnixTimestamp(toStartOfHour(ts)) * 1000 AS hour_ms,
       if(count() = sumIf(request_attempts, seq = 1), countIf(seq = 1), 0) AS requests,
       min(substring(external_request_id, 7, 8)) AS anchor_day
     FROM attempts FINAL
     WHERE workspace_id IN {ids:Array(UInt32)} AND ts >= fromUnixTimestamp64Milli({from:Int64}) AND data_mode = 'demo'
       AND match(external_request_id, {pattern:String})
     GROUP BY workspace_id, hour_ms`,
    { role: 'write', params: { ids: workspaces.map(({ id }) => id), from: fromMs, pattern: DEMO_REQUEST_ID } },
  )
  const counts = new Map(rows.map((row) => [`${row.workspace_id}/${row.hour_ms}`, row.requests]))
  const anchorDay = rows.map((row) => row.anchor_day).sort()[0]
  return {
    anchorMs:
      anchorDay === undefined ? null : Date.parse(anchorDay.replace(/^(\d{4})(\d{2})(\d{2})$/, '$1-$2-$3T00:00:00Z')),
    isComplete: (hour) => {
      const expected = hour.requests + hour.runawayRequests
      return (counts.get(`${workspaces[hour.workspaceIndex]?.id}/${hour.hourMs}`) ?? 0) === expected
    },
  }
}

async function generate(
  hours: readonly HourPlan[],
  anchorMs: number,
  workspaces: readonly SeededWorkspace[],
): Promise<void> {
  const tables = stageWorld({ hours, workspaces, priceIndex: createPriceIndex(loadListPriceBook()) })
  try {
    for (const { name, structure, rows } of tables) {
      await runCommand(`CREATE OR REPLACE TABLE ${name} (${structure}) ENGINE = Memory`)
      await insertRows(name, rows)
    }
    await runCommand(generateAttemptsSql(anchorMs))
  } finally {
    for (const { name } of tables) await runCommand(`DROP TABLE IF EXISTS ${name}`)
  }
}

function countRequests(hours: readonly HourPlan[]): string {
  return hours.reduce((sum, hour) => sum + hour.requests + hour.runawayRequests, 0).toLocaleString('en-US')
}
