import { z } from 'zod'

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

const schema = z.object({
  CLICKHOUSE_URL: url(['http:', 'https:']),
  CLICKHOUSE_READ_URL: url(['http:', 'https:']).optional(),
  DATABASE_URL: url(['postgres:', 'postgresql:']),
  AUTH_SECRET: z.string().min(32, { error: 'must have at least 32 characters (openssl rand -base64 33)' }).optional(),
  AUTH_TRUST_HOST: z.enum(['true', 'false', '1', '0'], { error: 'must be true or false' }).optional(),
  FARTHING_PUBLIC_URL: url(['http:', 'https:']).optional(),
  FARTHING_PROVISION: z.string().min(1).optional(),
  FARTHING_DEMO: z.enum(['1', '0'], { error: 'must be 1 or 0' }).optional(),
  FARTHING_DATA_DIR: z.string().min(1).optional(),
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
