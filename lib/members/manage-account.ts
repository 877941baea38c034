import 'server-only'
import { revokeResetLinks } from '@/db/postgres/queries/one-time-links'
import {
  countOrganizationAdmins,
  findPersonForUpdate,
  listPersonRows,
  type PersonRow,
  updateDisabled,
  updateOrganizationAdmin,
} from '@/db/postgres/queries/people'
import { revokeSessions } from '@/db/postgres/queries/sessions'
import { inTransaction, type Transaction } from '@/db/postgres/transaction'
import { recordAudit } from '@/lib/audit/record-audit'
import { actorOf, authorizeOrganization, type Person } from '@/lib/auth/person'
import { AppError } from '@/lib/errors'

export type Account = Awaited<ReturnType<typeof listPersonRows>>[number]

/**
 * All accounts of the organisation with their roles, by name.
 * @throws AppError `forbidden`, `unavailable`.
 */
export async function listAccounts(person: Person): Promise<Account[]> {
  await authorizeOrganization(person)
  return listPersonRows()
}

/**
 * Disables an account, which ends its sessions and reset links at once and for good, or enables it again. Nobody disables themselves or the last
 * organisation admin.
 * @throws AppError `not_found`, `forbidden`, `conflict`, `unavailable`.
 */
export async function setAccountDisabled(
  person: Person,
  userId: string,
  isDisabled: boolean,
  now: Date,
): Promise<void> {
  await authorizeOrganization(person)
  if (userId === person.id) throw new AppError('conflict', 'You cannot disable your own account. Ask another admin.')
  await inTransaction(async (tx) => {
    if (isDisabled) await keepAnAdmin(tx, userId)
    const account = await requireAccount(tx, userId)
    if ((account.disabledAt !== null) === isDisabled) return
    await updateDisabled(tx, userId, isDisabled ? now : null)
    if (isDisabled) {
      await revokeSessions(tx, userId, null)
      await revokeResetLinks(tx, userId)
    }
    await recordAudit(
      {
        actor: actorOf(person),
        workspaceId: null,
        action: isDisabled ? 'account.disabled' : 'account.enabled',
        target: { kind: 'user', id: userId, name: account.email },
        before: { disabled: !isDisabled },
        after: { disabled: isDisabled },
      },
      tx,
    )
  })
}

/**
 * Makes somebody an organisation admin, who may do everything everywhere, or takes that away. The last one stays.
 * @throws AppError `not_found`, `forbidden`, `conflict`, `unavailable`.
 */
export async function setOrganizationAdmin(person: Person, userId: string, isAdmin: boolean): Promise<void> {
  await authorizeOrganization(person)
  await inTransaction(async (tx) => {
    if (!isAdmin) await keepAnAdmin(tx, userId)
    const account = await requireAccount(tx, userId)
    if (account.isOrganizationAdmin === isAdmin) return
    await updateOrganizationAdmin(tx, userId, isAdmin)
    await recordAudit(
      {
        actor: actorOf(person),
        workspaceId: null,
        action: isAdmin ? 'organization_admin.granted' : 'organization_admin.revoked',
        target: { kind: 'user', id: userId, name: account.email },
        before: { organizationAdmin: !isAdmin },
        after: { organizationAdmin: isAdmin },
      },
      tx,
    )
  })
}

async function requireAccount(tx: Transaction, userId: string): Promise<PersonRow> {
  const account = await findPersonForUpdate(tx, userId)
  if (!account) throw new AppError('not_found', 'There is no such account.')
  return account
}

/** Admins are locked before the account, in one order for all, so that two changes cannot wait for each other. */
async function keepAnAdmin(tx: Transaction, userId: string): Promise<void> {
  const admins = await countOrganizationAdmins(tx)
  const account = await requireAccount(tx, userId)
  if (!account.isOrganizationAdmin || account.disabledAt !== null || admins > 1) return
  throw new AppError('conflict', `${account.name} is the last organisation admin. Make somebody else one first.`)
}
