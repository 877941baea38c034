import 'server-only'
import { findWorkspaceBySlug, listWorkspaces, type WorkspaceRow } from '@/db/postgres/queries/workspaces'
import { applyProvision } from '@/lib/auth/provision'
import { parseProvisionSpec } from '@/lib/auth/provision-schema'
import { ImportError } from './import-error'

/**
 * The workspace that an import goes to; with `create`, it is created (in UTC and USD) where it does not exist.
 * @throws ImportError that lists the workspaces there are; AppError `unavailable` when Postgres does not answer.
 */
export async function findImportWorkspace(slug: string, options: { create: boolean }): Promise<WorkspaceRow> {
  const found = await findWorkspaceBySlug(slug)
  if (found) return found
  if (!options.create) {
    const slugs = (await listWorkspaces()).map((workspace) => workspace.slug)
    const known = slugs.length === 0 ? 'There are none yet.' : `There are: ${slugs.join(', ')}.`
    throw new ImportError(`There is no workspace ${slug}. ${known} --create-workspace creates it.`)
  }
  const parsed = parseProvisionSpec({ workspaces: [{ slug, name: slug }] })
  if ('problems' in parsed)
    throw new ImportError(`--workspace ${slug}: the slug ${parsed.problems[0]?.split(': ')[1]}.`)
  await applyProvision(parsed.spec)
  const created = await findWorkspaceBySlug(slug)
  if (!created) throw new Error(`the workspace ${slug} is missing after it was created`)
  return created
}
