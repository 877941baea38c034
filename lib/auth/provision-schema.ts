import { z } from 'zod'
import { DATA_MODES, ENVIRONMENTS } from '@/lib/events/event-names'
import { isTimeZone } from '@/lib/time'

/** Even in hex these are 128 bits. */
const MIN_SECRET_LENGTH = 32

const name = z.string().trim().min(1, 'must not be empty').max(200, 'must have at most 200 characters')

const slug = z.string().regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, 'must be 1 to 63 of a–z, 0–9 and inner hyphens')

const timeZone = z.string().refine(isTimeZone, 'must be an IANA time zone such as Europe/Berlin')

const currencies = new Set(Intl.supportedValuesOf('currency'))
const currency = z.string().refine((code) => currencies.has(code), 'must be an ISO 4217 currency code such as USD')

const secret = z
  .string()
  .max(200, 'must have at most 200 characters')
  .refine(
    (value) => new RegExp(`^fk_[0-9A-Za-z_-]{${MIN_SECRET_LENGTH},}$`).test(value),
    `is too weak: it must be fk_ and at least ${MIN_SECRET_LENGTH} random characters of 0–9, A–Z, a–z, _ and - (echo "fk_$(openssl rand -hex 24)")`,
  )

const key = z.strictObject({
  name,
  secret,
  scopes: z.array(z.enum(['ingest', 'read'])).min(1, 'must name at least one of ingest, read'),
  environment: z.enum(ENVIRONMENTS).optional(),
  dataMode: z.enum(DATA_MODES).optional(),
})

const email = z.string().trim().toLowerCase().pipe(z.email('must be an e-mail address').max(320))

const workspace = z.strictObject({
  slug,
  name,
  timeZone: timeZone.optional(),
  currency: currency.optional(),
  fiscalYearStartMonth: z.int().min(1).max(12).optional(),
  defaultEnvironments: z.array(z.enum(ENVIRONMENTS)).min(1).optional(),
  defaultDataModes: z.array(z.enum(DATA_MODES)).min(1).optional(),
  costPreference: z.enum(['reported', 'book']).optional(),
  isDemo: z.boolean().optional(),
  budgetOwner: email.optional(),
  backupOwner: email.optional(),
  keys: z.array(key).optional(),
})

const user = z.strictObject({
  email,
  name,
  organizationAdmin: z.boolean().optional(),
  password: z
    .string()
    .min(8, 'must have at least 8 characters')
    .max(1_024, 'must have at most 1024 characters')
    .optional(),
  roles: z.record(slug, z.enum(['owner', 'admin', 'editor', 'viewer'])).optional(),
})

/**
 * The file of FARTHING_PROVISION: workspaces with their keys, and users with their roles. What is left out is left as it
 * is (or gets the product's default when the thing is new); an unknown field is an error, so that a typo is seen.
 */
const provisionSpec = z
  .strictObject({ workspaces: z.array(workspace).optional(), users: z.array(user).optional() })
  .superRefine((spec, context) => {
    const workspaces = spec.workspaces ?? []
    for (const repeat of findRepeats(workspaces.map(({ slug }) => slug))) {
      context.addIssue({ code: 'custom', path: ['workspaces', repeat, 'slug'], message: 'is used twice in the file' })
    }
    for (const [at, { budgetOwner, backupOwner }] of workspaces.entries()) {
      if (backupOwner === undefined || budgetOwner !== backupOwner) continue
      context.addIssue({ code: 'custom', path: ['workspaces', at, 'backupOwner'], message: 'is the budget owner too' })
    }
    const secrets = new Set<string>()
    for (const [at, { keys = [] }] of workspaces.entries()) {
      for (const repeat of findRepeats(keys.map(({ name }) => name))) {
        context.addIssue({
          code: 'custom',
          path: ['workspaces', at, 'keys', repeat, 'name'],
          message: 'is used twice in the workspace',
        })
      }
      for (const [keyAt, { secret }] of keys.entries()) {
        if (secrets.has(secret)) {
          context.addIssue({
            code: 'custom',
            path: ['workspaces', at, 'keys', keyAt, 'secret'],
            message: 'is used twice in the file',
          })
        }
        secrets.add(secret)
      }
    }
    for (const repeat of findRepeats((spec.users ?? []).map(({ email }) => email))) {
      context.addIssue({ code: 'custom', path: ['users', repeat, 'email'], message: 'is used twice in the file' })
    }
  })

/** A validated provisioning file. */
export type ProvisionSpec = z.infer<typeof provisionSpec>

/**
 * Validates the content of a provisioning file.
 * @returns the spec, or one line per problem, each naming the path of its field; secrets are never part of it
 */
export function parseProvisionSpec(value: unknown): { spec: ProvisionSpec } | { problems: string[] } {
  const parsed = provisionSpec.safeParse(value)
  if (parsed.success) return { spec: parsed.data }
  return { problems: parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'the file'}: ${message}`) }
}

function findRepeats(values: readonly string[]): number[] {
  return values.flatMap((value, at) => (values.indexOf(value) < at ? [at] : []))
}
