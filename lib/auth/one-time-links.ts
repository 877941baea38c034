import 'server-only'
import { createHash, randomBytes } from 'node:crypto'
import { withPostgres } from '@/db/postgres/client'
import {
  findOpenLink,
  insertMembership,
  insertOneTimeLink,
  listOpenInvitations,
  type OneTimeLinkRow,
  takeLink,
} from '@/db/postgres/queries/one-time-links'
import { findCredentials, findUserByEmail, insertUser, updatePassword } from '@/db/postgres/queries/users'
import { findWorkspace } from '@/db/postgres/queries/workspaces'
import { type Actor, recordAudit } from '@/lib/audit/record-audit'
import { hashPassword } from '@/lib/auth/password'
import { emailSchema } from '@/lib/auth/password-rule'
import type { Role } from '@/lib/auth/permissions'
import { publicOrigin } from '@/lib/auth/public-origin'
import { readEnv } from '@/lib/env'
import { AppError } from '@/lib/errors'

const RESET_HOURS = 24
const INVITATION_HOURS = 7 * 24
const TOKEN = /^[A-Za-z0-9_-]{43}$/

/** A link to hand over. It holds the only copy of its token. */
export type HandedLink = { url: string; expiresAt: Date }

/** What a link that can still be used is for. */
export type OneTimeLink = OneTimeLinkRow

type Transaction = Parameters<typeof insertOneTimeLink>[0]

/**
 * Makes a link with which the person sets a new password, within 24 hours and once; earlier ones end. Whether the actor
 * may do so is the caller's to settle before.
 * @throws AppError `not_found` for an unknown or disabled account, `unavailable` when Postgres does not answer.
 */
export async function createPasswordResetLink(actor: Actor, userId: string): Promise<HandedLink> {
  const user = await findCredentials(userId)
  if (!user || user.disabledAt) throw new AppError('not_found', 'There is no active account with this id.')
  const { token, tokenHash } = mintToken()
  const expiresAt = await inTransaction(async (tx) => {
    const values = { kind: 'password_reset', tokenHash, userId, email: user.email, createdBy: idOf(actor) } as const
    const until = await insertOneTimeLink(tx, values, RESET_HOURS)
    const target = { kind: 'user', id: user.id, name: user.email }
    await recordAudit({ actor, workspaceId: null, action: 'password_reset.created', target }, tx)
    return until
  })
  return { url: linkUrl('reset', token), expiresAt }
}

/**
 * Makes a link that gives whoever owns the e-mail address a role in a workspace, within 7 days and once; an earlier
 * invitation of this address to this workspace ends. Whether the actor may do so is the caller's to settle before.
 * @throws AppError `invalid_body` for what is not an address, `not_found` for an unknown or archived workspace,
 * `unavailable` when Postgres does not answer.
 */
export async function createInvitation(
  actor: Actor,
  { email: sentEmail, workspaceId, role }: { email: string; workspaceId: number; role: Role },
): Promise<HandedLink> {
  const email = emailSchema.safeParse(sentEmail)
  if (!email.success) throw new AppError('invalid_body', 'Enter an e-mail address, such as ada@example.com.')
  const workspace = await findWorkspace(workspaceId)
  if (!workspace || workspace.archivedAt) throw new AppError('not_found', 'There is no such workspace.')
  const { token, tokenHash } = mintToken()
  const expiresAt = await inTransaction(async (tx) => {
    const values = {
      kind: 'invitation',
      tokenHash,
      email: email.data,
      workspaceId,
      role,
      createdBy: idOf(actor),
    } as const
    const until = await insertOneTimeLink(tx, values, INVITATION_HOURS)
    const target = { kind: 'invitation', name: email.data }
    await recordAudit({ actor, workspaceId, action: 'invitation.created', target, after: { role } }, tx)
    return until
  })
  return { url: linkUrl('invitation', token), expiresAt }
}

/**
 * What a link is for; null when it never was one, or is used, revoked, expired, or of another kind. Looking uses nothing
 * up: mail scanners open links too.
 * @throws AppError `unavailable` when Postgres does not answer.
 */
export async function openOneTimeLink(token: string, kind: OneTimeLink['kind']): Promise<OneTimeLink | null> {
  if (!TOKEN.test(token)) return null
  const link = await findOpenLink(hashToken(token))
  return link?.kind === kind ? link : null
}

/**
 * Sets the password that somebody chose through a reset link, and ends all their sessions.
 * @returns the account's e-mail address
 * @throws AppError `not_found` when the link cannot be used any more, `unavailable` when Postgres does not answer.
 */
export async function resetPassword(token: string, password: string, address: string): Promise<{ email: string }> {
  const link = await openOneTimeLink(token, 'password_reset')
  const user = link?.userId ? await findCredentials(link.userId) : null
  if (!link || !user || user.disabledAt) throw linkGone()
  const passwordHash = await hashPassword(password)
  await inTransaction(async (tx) => {
    await take(tx, link)
    await updatePassword(tx, user.id, passwordHash, { endSessions: true })
    const actor = { kind: 'user', id: user.id, name: user.email, address } as const
    const target = { kind: 'user', id: user.id, name: user.email }
    await recordAudit({ actor, workspaceId: null, action: 'password_reset.used', target }, tx)
  })
  return { email: user.email }
}

/**
 * Takes up an invitation as a new person, with the name and password that they chose.
 * @returns the account's e-mail address
 * @throws AppError `not_found` when the link cannot be used any more, `conflict` when the address has an account,
 * `unavailable` when Postgres does not answer.
 */
export async function acceptInvitationAsNewUser(
  token: string,
  { name, password }: { name: string; password: string },
  address: string,
): Promise<{ email: string }> {
  const link = await openOneTimeLink(token, 'invitation')
  if (!link) throw linkGone()
  if (await findUserByEmail(link.email)) {
    throw new AppError('conflict', 'There is an account with this e-mail address. Sign in to accept the invitation.')
  }
  const passwordHash = await hashPassword(password)
  await inTransaction(async (tx) => {
    // Taken first, so that whoever comes second is told so instead of meeting the account of the first.
    await take(tx, link)
    const userId = await insertUser(tx, { email: link.email, name, passwordHash })
    await joinWorkspace(tx, link, { id: userId, email: link.email }, address)
  })
  return { email: link.email }
}

/**
 * Takes up an invitation as the signed-in person.
 * @throws AppError `not_found` when the link cannot be used any more, `forbidden` when it is for somebody else,
 * `unavailable` when Postgres does not answer.
 */
export async function acceptInvitationAs(
  token: string,
  user: { id: string; email: string },
  address: string,
): Promise<void> {
  const link = await openOneTimeLink(token, 'invitation')
  if (!link) throw linkGone()
  if (link.email !== user.email) throw new AppError('forbidden', 'This invitation is for another e-mail address.')
  await inTransaction(async (tx) => {
    await take(tx, link)
    await joinWorkspace(tx, link, user, address)
  })
}

/**
 * Takes up every open invitation of an address that a trusted provider vouches for, making the account if there is none.
 * @returns the account's id, or null when there is no account and no invitation
 * @throws AppError `unavailable` when Postgres does not answer.
 */
export async function acceptInvitationsOf(
  person: { email: string; name: string; existingId: string | null },
  address: string,
): Promise<string | null> {
  const links = await listOpenInvitations(person.email)
  if (links.length === 0) return person.existingId
  return await inTransaction(async (tx) => {
    const { email, name, existingId } = person
    for (const link of links) await take(tx, link)
    const id = existingId ?? (await insertUser(tx, { email, name, passwordHash: null }))
    for (const link of links) await joinWorkspace(tx, link, { id, email }, address)
    return id
  })
}

async function joinWorkspace(
  tx: Transaction,
  link: OneTimeLink,
  user: { id: string; email: string },
  address: string,
): Promise<void> {
  const { workspaceId, role } = link
  if (workspaceId !== null && role !== null) await insertMembership(tx, { userId: user.id, workspaceId, role })
  await recordAudit(
    {
      actor: { kind: 'user', id: user.id, name: user.email, address },
      workspaceId,
      action: 'invitation.accepted',
      target: { kind: 'user', id: user.id, name: user.email },
      after: { role },
    },
    tx,
  )
}

async function take(tx: Transaction, link: OneTimeLink): Promise<void> {
  if (!(await takeLink(tx, link.id))) throw linkGone()
}

function inTransaction<T>(run: (tx: Transaction) => Promise<T>): Promise<T> {
  return withPostgres((db) => db.transaction(run))
}

function linkGone(): AppError {
  return new AppError('not_found', 'This link has been used, has expired or was replaced. Ask for a new one.')
}

function idOf(actor: Actor): string | null {
  return actor.kind === 'user' ? actor.id : null
}

function mintToken(): { token: string; tokenHash: string } {
  const token = randomBytes(32).toString('base64url')
  return { token, tokenHash: hashToken(token) }
}

function hashToken(token: string): string {
  return createHash('sha256').update(token, 'utf8').digest('hex')
}

function linkUrl(page: 'reset' | 'invitation', token: string): string {
  return `${publicOrigin(readEnv())}/${page}/${token}`
}
