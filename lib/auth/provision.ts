import 'server-only'
import { readFile } from 'node:fs/promises'
import {
  findKeyOwners,
  findPasswordHashes,
  findSlugs,
  type ProvisionRows,
  upsertProvision,
} from '@/db/postgres/queries/provision'
import { hashApiKey } from '@/lib/auth/api-key'
import { hashPassword, verifyPassword } from '@/lib/auth/password'
import { type ProvisionSpec, parseProvisionSpec } from '@/lib/auth/provision-schema'

/** Characters of a key's secret that are kept readable, to recognise it by. */
const KEY_PREFIX_LENGTH = 10

/** A provisioning file that cannot be applied. The message is one line for the operator and holds no secret. */
export class ProvisionError extends Error {
  override name = 'ProvisionError'
}

/**
 * Creates what the spec names and does not exist, updates what does, and touches nothing else: applied twice, it changes
 * nothing. A key under the same name with another secret replaces the secret; a password is hashed anew only when it
 * changed. All or nothing.
 * @throws ProvisionError when it contradicts what is stored; AppError `unavailable` when Postgres does not answer.
 */
export async function applyProvision(
  spec: ProvisionSpec,
): Promise<{ workspaces: number; keys: number; users: number }> {
  const workspaces = spec.workspaces ?? []
  const users = spec.users ?? []
  const problems = [...(await findKeyConflicts(workspaces)), ...(await findUnknownRoles(workspaces, users))]
  if (problems.length > 0) throw new ProvisionError(problems.join('; '))
  const rows: ProvisionRows = {
    workspaces: workspaces.map(({ keys = [], budgetOwner, backupOwner, ...workspace }) => ({
      ...workspace,
      owners: { budgetOwner, backupOwner },
      keys: keys.map(({ name, secret, scopes, environment, dataMode }) => ({
        name,
        prefix: secret.slice(0, KEY_PREFIX_LENGTH),
        secretHash: hashApiKey(secret),
        scopes: [...new Set(scopes)],
        fixedEnvironment: environment,
        fixedDataMode: dataMode,
      })),
    })),
    users: await hashChangedPasswords(users),
  }
  const problem = await upsertProvision(rows)
  if (problem) throw new ProvisionError(problem)
  return {
    workspaces: rows.workspaces.length,
    keys: rows.workspaces.reduce((sum, workspace) => sum + workspace.keys.length, 0),
    users: rows.users.length,
  }
}

/**
 * Reads, validates and applies the file of FARTHING_PROVISION.
 * @throws ProvisionError with one line that names the file and the path of each wrong field; AppError `unavailable` when
 *   Postgres does not answer.
 */
export async function applyProvisionFile(path: string): ReturnType<typeof applyProvision> {
  try {
    return await applyProvision(await readProvisionFile(path))
  } catch (error) {
    if (!(error instanceof ProvisionError)) throw error
    throw new ProvisionError(`FARTHING_PROVISION (${path}): ${error.message}`, { cause: error })
  }
}

async function readProvisionFile(path: string): Promise<ProvisionSpec> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new ProvisionError('the file cannot be read', { cause })
  })
  const parsed = parseProvisionSpec(parseJson(text))
  if ('problems' in parsed) throw new ProvisionError(parsed.problems.join('; '))
  return parsed.spec
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch {
    // The parser's message quotes the text, which holds secrets.
    throw new ProvisionError('the file is not valid JSON')
  }
}

async function findKeyConflicts(workspaces: NonNullable<ProvisionSpec['workspaces']>): Promise<string[]> {
  const keys = workspaces.flatMap(({ slug, keys = [] }, at) =>
    keys.map(({ name, secret }, keyAt) => ({
      path: `workspaces.${at}.keys.${keyAt}.secret`,
      slug,
      name,
      secretHash: hashApiKey(secret),
    })),
  )
  const owners = new Map(
    (await findKeyOwners(keys.map(({ secretHash }) => secretHash))).map((owner) => [owner.secretHash, owner]),
  )
  return keys.flatMap(({ path, slug, name, secretHash }) => {
    const owner = owners.get(secretHash)
    if (!owner || (owner.slug === slug && owner.name === name)) return []
    return [`${path}: is already the secret of the key "${owner.name}" of the workspace ${owner.slug}`]
  })
}

async function findUnknownRoles(
  workspaces: NonNullable<ProvisionSpec['workspaces']>,
  users: NonNullable<ProvisionSpec['users']>,
): Promise<string[]> {
  const inFile = new Set(workspaces.map(({ slug }) => slug))
  const roles = users.flatMap(({ roles = {} }, at) => Object.keys(roles).map((slug) => ({ at, slug })))
  const outside = roles.filter(({ slug }) => !inFile.has(slug))
  const stored = await findSlugs(outside.map(({ slug }) => slug))
  return outside
    .filter(({ slug }) => !stored.has(slug))
    .map(({ at, slug }) => `users.${at}.roles.${slug}: there is no workspace with this slug`)
}

async function hashChangedPasswords(users: NonNullable<ProvisionSpec['users']>): Promise<ProvisionRows['users']> {
  const stored = await findPasswordHashes(users.map(({ email }) => email))
  return Promise.all(
    users.map(async ({ email, name, organizationAdmin, password, roles = {} }) => {
      const kept = password === undefined || (await verifyPassword(stored.get(email) ?? null, password))
      return {
        email,
        name,
        isOrganizationAdmin: organizationAdmin,
        passwordHash: kept ? undefined : await hashPassword(password),
        roles: Object.entries(roles).map(([slug, role]) => ({ slug, role })),
      }
    }),
  )
}
