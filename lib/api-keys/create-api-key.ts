import 'server-only'
import { randomBytes } from 'node:crypto'
import { insertApiKey } from '@/db/postgres/queries/api-keys'
import { inTransaction } from '@/db/postgres/transaction'
import { KEY_SCOPES, type NewKey } from '@/lib/api-keys/new-key'
import { recordAudit } from '@/lib/audit/record-audit'
import { hashApiKey } from '@/lib/auth/api-key'
import { actorOf, authorizeChange, type Person } from '@/lib/auth/person'
import { AppError } from '@/lib/errors'

/** 192 bits. */
const SECRET_BYTES = 24
const PREFIX_LENGTH = 9
const DAY_MS = 86_400_000

/** A key just made: the only time that its secret is known. */
export type CreatedKey = { id: number; name: string; secret: string }

/**
 * Makes an API key. Its secret is returned once and stored as a hash.
 * @throws AppError `not_found`, `forbidden`, `conflict` (name taken, archived), `unavailable`.
 */
export async function createApiKey(person: Person, slug: string, input: NewKey, now: Date): Promise<CreatedKey> {
  const { workspace } = await authorizeChange(person, slug, 'manageKeys')
  const secret = `fk_${randomBytes(SECRET_BYTES).toString('hex')}`
  const prefix = secret.slice(0, PREFIX_LENGTH)
  const scopes = [...KEY_SCOPES[input.scope]]
  const expiresAt = input.lifetimeDays === null ? null : new Date(now.getTime() + input.lifetimeDays * DAY_MS)
  const { name, fixedEnvironment, fixedDataMode } = input
  return inTransaction(async (tx) => {
    const id = await insertApiKey(tx, {
      workspaceId: workspace.id,
      name,
      prefix,
      secretHash: hashApiKey(secret),
      scopes,
      fixedEnvironment,
      fixedDataMode,
      expiresAt,
      createdBy: person.id,
    })
    if (id === null) {
      throw new AppError(
        'conflict',
        `There is a key named ${name}; revoked keys keep their names. Choose another name.`,
      )
    }
    await recordAudit(
      {
        actor: actorOf(person),
        workspaceId: workspace.id,
        action: 'key.created',
        target: { kind: 'key', id: String(id), name },
        after: { prefix, scopes, fixedEnvironment, fixedDataMode, expiresAt },
      },
      tx,
    )
    return { id, name, secret }
  })
}
