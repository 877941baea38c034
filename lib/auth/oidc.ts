import 'server-only'
import type { OIDCConfig } from 'next-auth/providers'
import { z } from 'zod'
import { findUserByEmail } from '@/db/postgres/queries/users'
import { recordAudit } from '@/lib/audit/record-audit'
import { acceptInvitationsOf } from '@/lib/auth/one-time-links'
import { emailSchema } from '@/lib/auth/password-rule'
import type { SignedInPerson } from '@/lib/auth/verify-credentials'
import type { Env } from '@/lib/env'

/** Id of the provider in next-auth; the callback address is `/api/auth/callback/oidc`. */
export const OIDC_PROVIDER = 'oidc'

const profileSchema = z.object({
  email: emailSchema,
  email_verified: z.union([z.boolean(), z.stringbool()]).optional(),
  name: z.string().trim().min(1).max(120).optional().catch(undefined),
})

/** Why somebody whom the provider knows does not get in. */
export type OidcRefusal = 'no_email' | 'unverified' | 'unknown' | 'disabled'

/** The name of the provider that the settings name, for its button; null without one. */
export function oidcName(env: Env): string | null {
  return env.FARTHING_OIDC_ISSUER ? (env.FARTHING_OIDC_NAME ?? 'Single sign-on') : null
}

/** The OpenID Connect provider that the settings name; null without one. */
export function oidcProvider(env: Env): OIDCConfig<Record<string, unknown>> | null {
  const name = oidcName(env)
  if (name === null) return null
  return {
    id: OIDC_PROVIDER,
    name,
    type: 'oidc',
    issuer: env.FARTHING_OIDC_ISSUER,
    clientId: env.FARTHING_OIDC_CLIENT_ID,
    clientSecret: env.FARTHING_OIDC_CLIENT_SECRET,
    checks: ['pkce', 'state', 'nonce'],
    authorization: { params: { scope: 'openid email profile' } },
    profile: (profile) => ({ id: String(profile.sub) }),
  }
}

/**
 * Who of Farthing's people a provider's profile is. Accounts are known by their e-mail address, so it counts only when the
 * provider says that it verified it, or the settings say that it always does. Somebody unknown gets an account when an
 * invitation waits for them; invitations that wait for somebody known are accepted too.
 * @throws AppError `unavailable` when Postgres does not answer.
 */
export async function admitOidcPerson(
  profile: unknown,
  env: Pick<Env, 'FARTHING_OIDC_TRUST_EMAIL'>,
  address: string,
): Promise<{ ok: true; user: SignedInPerson } | { ok: false; reason: OidcRefusal }> {
  const parsed = profileSchema.safeParse(profile)
  if (!parsed.success) return refuse('no_email', null, address)
  const { email, email_verified: isVerified, name = email } = parsed.data
  if (isVerified !== true && env.FARTHING_OIDC_TRUST_EMAIL !== 'true') return refuse('unverified', null, address)
  const found = await findUserByEmail(email)
  if (found?.disabledAt) return refuse('disabled', found, address)
  const id = await acceptInvitationsOf({ email, name, existingId: found?.id ?? null }, address)
  if (id === null) return refuse('unknown', null, address)
  return { ok: true, user: { id, email, name: found?.name ?? name } }
}

async function refuse(
  reason: OidcRefusal,
  user: { id: string; email: string } | null,
  address: string,
): Promise<{ ok: false; reason: OidcRefusal }> {
  await recordAudit({
    actor: { kind: 'system', name: 'Sign-in' },
    workspaceId: null,
    action: 'session.refused',
    target: user ? { kind: 'user', id: user.id, name: user.email } : { kind: 'user', name: 'unknown account' },
    after: { address, method: 'oidc', reason },
  })
  return { ok: false, reason }
}
