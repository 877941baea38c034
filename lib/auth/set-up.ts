import 'server-only'
import { createHmac, timingSafeEqual } from 'node:crypto'
import { sql } from 'drizzle-orm'
import { z } from 'zod'
import { withPostgres } from '@/db/postgres/client'
import { insertMembership } from '@/db/postgres/queries/one-time-links'
import { hasAnyUser, insertUser } from '@/db/postgres/queries/users'
import { insertWorkspace } from '@/db/postgres/queries/workspaces'
import { recordAudit } from '@/lib/audit/record-audit'
import { hashPassword } from '@/lib/auth/password'
import { emailSchema, newPasswordSchema, personNameSchema } from '@/lib/auth/password-rule'
import { publicOrigin } from '@/lib/auth/public-origin'
import { actorOf } from '@/lib/auth/user-sessions'
import { type Env, readEnv } from '@/lib/env'
import { AppError } from '@/lib/errors'
import { isTimeZone } from '@/lib/time'

/** Any number; whoever sets up holds this lock in Postgres. */
const SET_UP_LOCK = 7_261_904

/** What the first person enters. */
export const setUpSchema = z.object({
  name: personNameSchema,
  email: emailSchema,
  password: newPasswordSchema,
  workspaceName: z
    .string()
    .trim()
    .min(1, { error: 'Enter what the first workspace is called.' })
    .max(120, { error: 'Enter a name of at most 120 characters.' }),
  timeZone: z.string().refine(isTimeZone, { error: 'Enter an IANA time zone, such as Europe/Berlin.' }),
})

declare global {
  var farthingHasUsers: boolean | undefined
}

/**
 * Whether there is anybody who could sign in. Asked until it is so; accounts are never removed.
 * @throws AppError `unavailable` when Postgres does not answer.
 */
export async function isSetUp(): Promise<boolean> {
  globalThis.farthingHasUsers ||= await hasAnyUser()
  return globalThis.farthingHasUsers
}

/**
 * The address at which the first account is created. Its token follows from AUTH_SECRET, so that all replicas print and
 * take the same one, and is worth nothing once there is an account.
 */
export function setUpUrl(env: Pick<Env, 'AUTH_SECRET' | 'FARTHING_PUBLIC_URL'>): string {
  return `${publicOrigin(env)}/set-up?token=${setUpToken(env)}`
}

/** Whether a visitor brings the token that the server has printed. */
export function isSetUpToken(token: unknown, env: Pick<Env, 'AUTH_SECRET'> = readEnv()): boolean {
  const expected = Buffer.from(setUpToken(env))
  const given = Buffer.from(typeof token === 'string' ? token : '')
  return given.length === expected.length && timingSafeEqual(given, expected)
}

/**
 * Creates the first account, an organisation admin, and the first workspace, which it owns: both or neither, and once.
 * @throws AppError `forbidden` without the token, `conflict` when there is an account, `unavailable` when Postgres does
 * not answer.
 */
export async function setUp(values: z.infer<typeof setUpSchema> & { token: string }, address: string): Promise<void> {
  const { token, email, name, password, workspaceName, timeZone } = values
  if (!isSetUpToken(token)) {
    throw new AppError(
      'forbidden',
      'Open the address that the server has printed at its start: it holds the set-up token.',
    )
  }
  const passwordHash = await hashPassword(password)
  await withPostgres((db) =>
    db.transaction(async (tx) => {
      await tx.execute(sql`SELECT pg_advisory_xact_lock(${SET_UP_LOCK})`)
      if (await hasAnyUser(tx)) {
        throw new AppError('conflict', 'Farthing has been set up already. Sign in, or ask its owner to invite you.')
      }
      const userId = await insertUser(tx, { email, name, passwordHash, isOrganizationAdmin: true })
      const workspaceId = await insertWorkspace(tx, { name: workspaceName, slug: slugOf(workspaceName), timeZone })
      await insertMembership(tx, { userId, workspaceId, role: 'owner' })
      const actor = actorOf({ id: userId, email }, address)
      const user = { kind: 'user', id: userId, name: email }
      const workspace = { kind: 'workspace', id: String(workspaceId), name: workspaceName }
      const after = { isOrganizationAdmin: true }
      await recordAudit({ actor, workspaceId: null, action: 'user.created', target: user, after }, tx)
      await recordAudit({ actor, workspaceId, action: 'workspace.created', target: workspace }, tx)
    }),
  )
}

/** The name as it stands in addresses: lower-case letters, digits and inner hyphens. */
function slugOf(name: string): string {
  const ascii = name.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase().replaceAll('ß', 'ss')
  const slug = ascii.replace(/[^a-z0-9]+/g, '-').slice(0, 60)
  return slug.replace(/^-+|-+$/g, '') || 'workspace'
}

function setUpToken(env: Pick<Env, 'AUTH_SECRET'>): string {
  return createHmac('sha256', env.AUTH_SECRET ?? '')
    .update('farthing set-up')
    .digest('base64url')
}
