import 'server-only'
import { randomBytes } from 'node:crypto'
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { LaunchError } from '@/db/embedded/launch-error'

const secretsSchema = z.object({
  clickhouseWriter: z.string().min(32),
  clickhouseReader: z.string().min(32),
  postgres: z.string().min(32),
  auth: z.string().min(32),
  /** Base64 of 32 bytes. Directories of earlier versions have none and get one. */
  encryption: z.string().length(44).default(randomKey),
})

export type Secrets = z.infer<typeof secretsSchema>

/** The secrets of a data directory: made at its first use, kept in it, readable by its owner only. */
export function readOrCreateSecrets(dataDir: string): Secrets {
  const file = join(dataDir, 'secrets.json')
  const existing = readIfExists(file)
  if (existing === null) {
    const created: Secrets = {
      clickhouseWriter: randomSecret(),
      clickhouseReader: randomSecret(),
      postgres: randomSecret(),
      auth: randomSecret(),
      encryption: randomKey(),
    }
    writePrivateFile(file, JSON.stringify(created, null, 2))
    return created
  }
  try {
    const secrets = secretsSchema.parse(JSON.parse(existing))
    const complete = JSON.stringify(secrets, null, 2)
    if (complete !== existing) writePrivateFile(file, complete)
    return secrets
  } catch (cause) {
    throw new LaunchError(`${file} is damaged. Remove it; a new one is made, and everybody has to sign in again.`, {
      cause,
    })
  }
}

/** Writes a file that only its owner can read; it appears whole or not at all. */
export function writePrivateFile(file: string, content: string): void {
  const draft = `${file}.${process.pid}`
  writeFileSync(draft, content, { mode: 0o600 })
  renameSync(draft, file)
}

function randomSecret(): string {
  return randomBytes(32).toString('hex')
}

function randomKey(): string {
  return randomBytes(32).toString('base64')
}

function readIfExists(file: string): string | null {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
}
