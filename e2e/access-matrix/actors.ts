import { type APIRequestContext, expect, request } from '@playwright/test'
import { PASSWORD, SIGNED_OUT } from '../pages/sign-in-page'

/** Everybody whom the matrix distinguishes, in the order of its columns. */
export const ACTORS = [
  'signedOut',
  'foreign',
  'viewer',
  'editor',
  'admin',
  'owner',
  'organizationAdmin',
  'ingestKey',
  'readKey',
] as const
export type ActorName = (typeof ACTORS)[number]

/** One status per actor, in the order of {@link ACTORS}. */
export type Cells = readonly [number, number, number, number, number, number, number, number, number]

/** Those of the fixtures who are somebody in `e2e-access`, and `foreign`, who owns another workspace. */
const EMAILS: Partial<Record<ActorName, string>> = {
  foreign: 'frank@example.com',
  viewer: 'vera@example.com',
  editor: 'edith@example.com',
  admin: 'adam@example.com',
  owner: 'olive@example.com',
  organizationAdmin: 'orga@example.com',
}

const KEYS: Partial<Record<ActorName, string>> = {
  ingestKey: 'fk_e2e00000000000000000access0ingest',
  readKey: 'fk_e2e0000000000000000000access0read',
}

/** What sends requests as somebody: their session's cookie, their key, or nothing. */
export async function openAs(actor: ActorName, baseURL: string): Promise<APIRequestContext> {
  const key = KEYS[actor]
  const context = await request.newContext({
    baseURL,
    storageState: SIGNED_OUT,
    extraHTTPHeaders: key ? { 'x-api-key': key } : {},
    maxRedirects: 0,
  })
  const email = EMAILS[actor]
  if (email) await signIn(context, email)
  return context
}

async function signIn(context: APIRequestContext, email: string): Promise<void> {
  const { csrfToken } = await (await context.get('/api/auth/csrf')).json()
  await context.post('/api/auth/callback/credentials', { form: { csrfToken, email, password: PASSWORD } })
  const { cookies } = await context.storageState()
  expect(cookies.map(({ name }) => name)).toContain('farthing.session')
}
