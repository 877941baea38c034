import 'server-only'
import { hash, verify } from '@node-rs/argon2'

/** OWASP's second recommended setting for argon2id: 19 MiB, 2 passes, 1 lane. argon2id is the library's default. */
const OPTIONS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }

let decoy: Promise<string> | null = null

/** The argon2id hash of a password, in PHC notation. */
export function hashPassword(password: string): Promise<string> {
  return hash(password, OPTIONS)
}

/**
 * Whether the password belongs to the hash. Without a hash (no such account, no password set) the answer is false after
 * the same work, so that the time taken does not tell which accounts exist.
 */
export async function verifyPassword(passwordHash: string | null, password: string): Promise<boolean> {
  decoy ??= hashPassword('no account has this password')
  const decoyHash = await decoy
  const matches = await verify(passwordHash ?? decoyHash, password)
  return passwordHash !== null && matches
}
