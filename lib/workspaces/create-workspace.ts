import 'server-only'
import { insertOwnedWorkspace } from '@/db/postgres/queries/workspaces'
import { inTransaction } from '@/db/postgres/transaction'
import { recordAudit } from '@/lib/audit/record-audit'
import { actorOf, authorizeOrganization, type Person } from '@/lib/auth/person'
import { AppError } from '@/lib/errors'
import type { NewWorkspace } from '@/lib/workspaces/workspace-settings'

/**
 * Creates a workspace; whoever does becomes its first owner.
 * @throws AppError `forbidden` unless the person is an organisation admin, `conflict` when the slug is taken,
 *   `unavailable`.
 */
export async function createWorkspace(person: Person, input: NewWorkspace): Promise<{ id: number; slug: string }> {
  await authorizeOrganization(person)
  return inTransaction(async (tx) => {
    const id = await insertOwnedWorkspace(tx, input, person.id)
    if (id === null) {
      throw new AppError(
        'conflict',
        `The address ${input.slug} is taken, perhaps by an archived workspace. Choose another.`,
      )
    }
    const target = { kind: 'workspace', id: String(id), name: input.name }
    const after = { slug: input.slug, name: input.name, timeZone: input.timeZone, owner: person.email }
    await recordAudit({ actor: actorOf(person), workspaceId: id, action: 'workspace.created', target, after }, tx)
    return { id, slug: input.slug }
  })
}
