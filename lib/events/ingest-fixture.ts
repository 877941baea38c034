import 'server-only'
import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import { queryRows } from '@/db/clickhouse/client'
import { withPostgres } from '@/db/postgres/client'
import { apiKeys, workspaces } from '@/db/postgres/schema'
import { hashApiKey } from '@/lib/auth/api-key'

export type MintedKey = { workspaceId: number; keyId: number; secret: string }

/** For tests: a workspace of its own with one key. */
export async function mintWorkspace(
  options: { scopes?: string[]; fixedEnvironment?: string; fixedDataMode?: string; timeZone?: string } = {},
): Promise<MintedKey> {
  const slug = `t-${randomBytes(6).toString('hex')}`
  const [workspace] = await withPostgres((db) =>
    db
      .insert(workspaces)
      .values({ slug, name: slug, timeZone: options.timeZone ?? 'UTC' })
      .returning({ id: workspaces.id }),
  )
  if (!workspace) throw new Error('no workspace was made')
  return await mintKey(workspace.id, options)
}

/** For tests: another key of a workspace. */
export async function mintKey(
  workspaceId: number,
  options: { scopes?: string[]; fixedEnvironment?: string; fixedDataMode?: string } = {},
): Promise<MintedKey> {
  const secret = `fk_${randomBytes(16).toString('hex')}`
  const [key] = await withPostgres((db) =>
    db
      .insert(apiKeys)
      .values({
        workspaceId,
        name: secret.slice(0, 12),
        prefix: secret.slice(0, 8),
        secretHash: hashApiKey(secret),
        scopes: options.scopes ?? ['ingest'],
        fixedEnvironment: options.fixedEnvironment ?? null,
        fixedDataMode: options.fixedDataMode ?? null,
      })
      .returning({ id: apiKeys.id }),
  )
  if (!key) throw new Error('no key was made')
  return { workspaceId, keyId: key.id, secret }
}

const totals = z.object({
  attempts: z.coerce.number(),
  requests: z.coerce.number(),
  input_tokens: z.string(),
  output_tokens: z.string(),
  priced_cost: z.string().nullable(),
  reported_cost: z.string().nullable(),
  retries: z.coerce.number(),
  fallbacks: z.coerce.number(),
  failed: z.coerce.number(),
  wasted: z.coerce.number(),
})

export type WorkspaceTotals = z.infer<typeof totals>

/** For tests: what the ledger says of a workspace. */
export async function readTotals(workspaceId: number): Promise<WorkspaceTotals> {
  const rows = await queryRows(
    totals,
    `SELECT count() AS attempts, uniqExact(request_key) AS requests,
       sum(input_uncached + cache_read + cache_write_5m + cache_write_1h + audio_input) AS input_tokens,
       sum(output_text + reasoning + audio_output) AS output_tokens, sum(priced_cost) AS priced_cost,
       sum(reported_cost) AS reported_cost, countIf(is_retry) AS retries, countIf(is_fallback) AS fallbacks,
       countIf(is_last AND request_outcome = 'failed') AS failed, countIf(waste_kind != 'none') AS wasted
     FROM attempts FINAL WHERE workspace_id = {workspaceId:UInt32}`,
    { role: 'write', params: { workspaceId } },
  )
  const [row] = rows
  if (!row) throw new Error('no totals')
  return row
}
