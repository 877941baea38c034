import 'server-only'
import { createHash } from 'node:crypto'
import { type ApiKeyWithWorkspace, findApiKeyByHash } from '@/db/postgres/queries/api-keys'
import type { WorkspaceRow } from '@/db/postgres/queries/workspaces'
import { noteKeyUse } from '@/lib/api-keys/note-key-use'
import { AppError, unavailable } from '@/lib/errors'
import { DATA_MODES, type DataMode, ENVIRONMENTS, type Environment } from '@/lib/events/event-names'

type ApiKeyScope = 'ingest' | 'read'

/** What a key is used for; the guard answers keys of either scope. */
export type KeyUse = ApiKeyScope | 'guard'

export type AuthenticatedKey = {
  keyId: number
  name: string
  workspace: WorkspaceRow
  scopes: readonly string[]
  fixedEnvironment: Environment | null
  fixedDataMode: DataMode | null
  expiresAt: Date | null
}

/** `fk_` and at least 20 letters, digits, `_` or `-`. */
const API_KEY = /^fk_[0-9A-Za-z_-]{20,200}$/

const FRESH_MS = 30_000
const UNKNOWN_FRESH_MS = 2_000
const OUTAGE_GRACE_MS = 10 * 60_000
const LOOKUP_TIMEOUT_MS = 1_500
const OUTAGE_RETRY_MS = 1_000
const MAX_CACHED = 10_000

type CacheEntry = { key: AuthenticatedKey | null; fetchedAtMs: number }

const cache = new Map<string, CacheEntry>()
const lookups = new Map<string, Promise<CacheEntry>>()
let unavailableUntilMs = 0

/** What is stored of a key: the SHA-256 of its secret, in hex. */
export function hashApiKey(secret: string): string {
  return createHash('sha256').update(secret, 'utf8').digest('hex')
}

/** Whether a text has the form of an API key. */
function isApiKeyForm(secret: string): boolean {
  return API_KEY.test(secret)
}

function unauthenticated(): AppError {
  return new AppError(
    'unauthenticated',
    'A valid API key is required, as `Authorization: Bearer fk_…` or `X-API-Key: fk_…`.',
  )
}

function readSecret(headers: Headers): string {
  const authorization = headers.get('authorization')
  const bearer = authorization === null ? null : /^Bearer +(\S+) *$/i.exec(authorization)?.[1]
  const secret = headers.get('x-api-key')?.trim() || bearer
  if (!secret || !isApiKeyForm(secret)) throw unauthenticated()
  return secret
}

function toKey(found: ApiKeyWithWorkspace | null): AuthenticatedKey | null {
  if (!found || found.key.revokedAt !== null) return null
  return {
    keyId: found.key.id,
    name: found.key.name,
    workspace: found.workspace,
    scopes: found.key.scopes,
    fixedEnvironment: ENVIRONMENTS.find((name) => name === found.key.fixedEnvironment) ?? null,
    fixedDataMode: DATA_MODES.find((name) => name === found.key.fixedDataMode) ?? null,
    expiresAt: found.key.expiresAt,
  }
}

function remember(hash: string, entry: CacheEntry): void {
  cache.delete(hash)
  cache.set(hash, entry)
  if (cache.size <= MAX_CACHED) return
  const oldest = cache.keys().next().value
  if (oldest !== undefined) cache.delete(oldest)
}

/** Forgets a key of which only the hash is known: its next use asks Postgres again. */
export function forgetKey(secretHash: string): void {
  cache.delete(secretHash)
}

/** Forgets the keys of a workspace: their next use asks Postgres again. */
export function forgetKeysOfWorkspace(workspaceId: number): void {
  for (const [hash, { key }] of cache) if (key?.workspace.id === workspaceId) cache.delete(hash)
}

async function withTimeout<T>(work: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(unavailable('The settings store (Postgres)', null)), timeoutMs)
  })
  try {
    return await Promise.race([work, timeout])
  } finally {
    clearTimeout(timer)
  }
}

/** One look-up for all callers that wait for the same key. */
function lookUp(hash: string): Promise<CacheEntry> {
  const running = lookups.get(hash)
  if (running) return running
  const lookup = withTimeout(findApiKeyByHash(hash), LOOKUP_TIMEOUT_MS)
    .then((found) => {
      const entry = { key: toKey(found), fetchedAtMs: Date.now() }
      remember(hash, entry)
      return entry
    })
    .finally(() => lookups.delete(hash))
  lookups.set(hash, lookup)
  return lookup
}

function isUnavailable(error: unknown): boolean {
  return error instanceof AppError && error.code === 'unavailable'
}

async function resolveKey(hash: string, use: KeyUse): Promise<AuthenticatedKey | null> {
  const nowMs = Date.now()
  const cached = cache.get(hash)
  const ageMs = cached ? nowMs - cached.fetchedAtMs : Number.POSITIVE_INFINITY
  if (cached && ageMs < (cached.key ? FRESH_MS : UNKNOWN_FRESH_MS)) return cached.key
  try {
    if (nowMs < unavailableUntilMs) throw unavailable('The settings store (Postgres)', null)
    return (await lookUp(hash)).key
  } catch (error) {
    if (!isUnavailable(error)) throw error
    if (nowMs >= unavailableUntilMs) unavailableUntilMs = Date.now() + OUTAGE_RETRY_MS
    if (use !== 'read' && cached?.key && ageMs < OUTAGE_GRACE_MS) return cached.key
    throw error
  }
}

/**
 * The workspace and rights of the key that a request carries. A key seen in the last 10 minutes may still ingest and ask
 * the guard while Postgres is away; reading needs a fresh answer. That the key was used is noted beside the request.
 * @throws AppError `unauthenticated` for a missing, malformed, unknown, revoked or expired key, `forbidden` without the
 * scope and for events of an archived workspace, `unavailable` when the key cannot be checked.
 */
export async function authenticateApiKey(headers: Headers, use: KeyUse): Promise<AuthenticatedKey> {
  const key = await resolveKey(hashApiKey(readSecret(headers)), use)
  if (!key) throw unauthenticated()
  const now = new Date()
  if (key.expiresAt !== null && key.expiresAt <= now) {
    throw new AppError('unauthenticated', 'This API key has expired. Create another one under Settings, API keys.')
  }
  if (use !== 'guard' && !key.scopes.includes(use)) {
    throw new AppError('forbidden', `This API key lacks the scope "${use}". Use a key that has it.`)
  }
  if (use === 'ingest' && key.workspace.archivedAt !== null) {
    throw new AppError('forbidden', 'The workspace of this API key is archived and takes no events. Restore it first.')
  }
  noteKeyUse(key.keyId, now)
  return key
}
