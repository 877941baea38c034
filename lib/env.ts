import { z } from 'zod'
import { parsePrivateNetworks } from '@/lib/alerts/private-networks'

const url = (protocols: string[]) =>
  z.string().refine(
    (value) => {
      try {
        return protocols.includes(new URL(value).protocol)
      } catch {
        return false
      }
    },
    { error: `must be an address starting with ${protocols.map((p) => `${p}//`).join(' or ')}` },
  )

const fields = z.object({
  CLICKHOUSE_URL: url(['http:', 'https:']),
  CLICKHOUSE_READ_URL: url(['http:', 'https:']).optional(),
  CLICKHOUSE_CLUSTER: z
    .string()
    .regex(/^\w{1,100}$/, { error: 'must be the name of a cluster' })
    .optional(),
  CLICKHOUSE_CLUSTER_URLS: z
    .string()
    .transform((list) => list.split(',').map((each) => each.trim()))
    .pipe(z.array(url(['http:', 'https:'])))
    .optional(),
  DATABASE_URL: url(['postgres:', 'postgresql:']),
  AUTH_SECRET: z.string().min(32, { error: 'must have at least 32 characters (openssl rand -base64 33)' }).optional(),
  AUTH_TRUST_HOST: z.enum(['true', 'false', '1', '0'], { error: 'must be true or false' }).optional(),
  FARTHING_PUBLIC_URL: url(['http:', 'https:']).optional(),
  FARTHING_ENCRYPTION_KEY: z
    .string()
    .refine((value) => Buffer.from(value, 'base64').length === 32, {
      error: 'must be 32 bytes in base64 (openssl rand -base64 32)',
    })
    .optional(),
  FARTHING_OIDC_ISSUER: url(['http:', 'https:']).optional(),
  FARTHING_OIDC_CLIENT_ID: z.string().min(1).optional(),
  FARTHING_OIDC_CLIENT_SECRET: z.string().min(1).optional(),
  FARTHING_OIDC_NAME: z.string().min(1).max(60).optional(),
  FARTHING_OIDC_TRUST_EMAIL: z.enum(['true', 'false'], { error: 'must be true or false' }).optional(),
  FARTHING_PROVISION: z.string().min(1).optional(),
  SMTP_URL: url(['smtp:', 'smtps:']).optional(),
  FARTHING_MAIL_FROM: z.email({ error: 'must be an e-mail address' }).optional(),
  FARTHING_ALLOW_PRIVATE_WEBHOOKS: z
    .string()
    .refine((value) => parsePrivateNetworks(value) !== null, {
      error: 'must be addresses or networks separated by commas, such as 127.0.0.1,10.1.0.0/16',
    })
    .optional(),
  FARTHING_DEMO: z.enum(['1', '0'], { error: 'must be 1 or 0' }).optional(),
  FARTHING_DATA_DIR: z.string().min(1).optional(),
})

/** In an issuer of all tenants, anybody who runs a tenant can name any e-mail address. */
const ALL_TENANTS = /\/(common|organizations|consumers)(\/|$)/

const schema = fields.superRefine((env, context) => {
  const complain = (path: keyof typeof env, message: string) =>
    context.addIssue({ code: 'custom', path: [path], message })
  if (!env.FARTHING_OIDC_ISSUER) return
  for (const name of ['FARTHING_OIDC_CLIENT_ID', 'FARTHING_OIDC_CLIENT_SECRET'] as const) {
    if (!env[name]) complain(name, 'must be set too')
  }
  if (env.FARTHING_OIDC_TRUST_EMAIL === 'true' && ALL_TENANTS.test(new URL(env.FARTHING_OIDC_ISSUER).pathname)) {
    complain('FARTHING_OIDC_TRUST_EMAIL', 'needs an issuer of one tenant')
  }
})

export type Env = z.infer<typeof schema>

/**
 * The process's settings, validated.
 * @throws Error with one line that names every missing or malformed variable.
 */
export function readEnv(source: Record<string, string | undefined> = process.env): Env {
  const present = Object.fromEntries(Object.entries(source).filter(([, value]) => value !== undefined && value !== ''))
  const parsed = schema.safeParse(present)
  if (parsed.success) return parsed.data
  const problems = parsed.error.issues.map((issue) => {
    const name = issue.path.join('.')
    return name in present ? `${name} ${issue.message}` : `${name} is not set`
  })
  throw new Error(`Settings: ${problems.join('; ')}. See "Configuration" in README.md.`)
}
