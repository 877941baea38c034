import 'server-only'
import { randomBytes } from 'node:crypto'
import { desc, eq } from 'drizzle-orm'
import { postgres } from '@/db/postgres/client'
import { findUserByEmail } from '@/db/postgres/queries/users'
import { auditLog, workspaces } from '@/db/postgres/schema'
import type { Person } from '@/lib/auth/person'
import { applyProvision } from '@/lib/auth/provision'
import { AppError } from '@/lib/errors'

/** Everybody whom the tables of rights distinguish. */
export const ACTORS = ['stranger', 'viewer', 'editor', 'admin', 'owner', 'organizationAdmin'] as const
export type ActorName = (typeof ACTORS)[number]

export type AccessFixture = {
  slug: string
  workspaceId: number
  /** A workspace in which only `stranger` is somebody: its owner. */
  foreignSlug: string
  people: Record<ActorName | 'second', Person>
}

/** For tests: a workspace of its own with one person of each role, a second viewer, and a stranger. */
export async function mintAccess(): Promise<AccessFixture> {
  const id = randomBytes(5).toString('hex')
  const slug = `t-${id}`
  const foreignSlug = `f-${id}`
  const emailOf = (name: string) => `${name.toLowerCase()}-${id}@example.com`
  const member = (name: string, role: 'owner' | 'admin' | 'editor' | 'viewer') => ({
    email: emailOf(name),
    name,
    roles: { [slug]: role },
  })
  await applyProvision({
    workspaces: [
      { slug, name: `Team ${id}` },
      { slug: foreignSlug, name: `Foreign ${id}` },
    ],
    users: [
      member('viewer', 'viewer'),
      member('second', 'viewer'),
      member('editor', 'editor'),
      member('admin', 'admin'),
      member('owner', 'owner'),
      { email: emailOf('stranger'), name: 'stranger', roles: { [foreignSlug]: 'owner' } },
      { email: emailOf('organizationAdmin'), name: 'organizationAdmin', organizationAdmin: true },
    ],
  })
  const personOf = async (name: string): Promise<Person> => {
    const user = await findUserByEmail(emailOf(name))
    if (!user) throw new Error(`no ${name} was made`)
    return { id: user.id, name: user.name, email: user.email, address: '10.0.0.1' }
  }
  const [workspace] = await postgres().select({ id: workspaces.id }).from(workspaces).where(eq(workspaces.slug, slug))
  if (!workspace) throw new Error('no workspace was made')
  return {
    slug,
    workspaceId: workspace.id,
    foreignSlug,
    people: {
      stranger: await personOf('stranger'),
      viewer: await personOf('viewer'),
      second: await personOf('second'),
      editor: await personOf('editor'),
      admin: await personOf('admin'),
      owner: await personOf('owner'),
      organizationAdmin: await personOf('organizationAdmin'),
    },
  }
}

/** For tests: `ok`, or the code of the AppError that stopped it. */
export async function outcomeOf(run: () => Promise<unknown>): Promise<string> {
  try {
    await run()
    return 'ok'
  } catch (error) {
    if (error instanceof AppError) return error.code
    throw error
  }
}

/** For tests: the newest audit entries of a workspace. */
export async function newestAudit(workspaceId: number, count = 1) {
  return postgres()
    .select()
    .from(auditLog)
    .where(eq(auditLog.workspaceId, workspaceId))
    .orderBy(desc(auditLog.id))
    .limit(count)
}
