import 'server-only'
import { type ApiKeyRow, listApiKeyRows } from '@/db/postgres/queries/api-keys'
import { authorizeMember, type Person } from '@/lib/auth/person'

export type ApiKey = ApiKeyRow & { state: 'active' | 'expired' | 'revoked' }

/**
 * The keys of a workspace with their states at `now`, those not revoked first.
 * @throws AppError `not_found`, `forbidden`, `unavailable`.
 */
export async function listApiKeys(person: Person, slug: string, now: Date): Promise<ApiKey[]> {
  const { workspace } = await authorizeMember(person, slug, 'manageKeys')
  return (await listApiKeyRows(workspace.id)).map((row) => ({ ...row, state: stateOf(row, now) }))
}

function stateOf({ revokedAt, expiresAt }: ApiKeyRow, now: Date): ApiKey['state'] {
  if (revokedAt !== null) return 'revoked'
  return expiresAt !== null && expiresAt <= now ? 'expired' : 'active'
}
