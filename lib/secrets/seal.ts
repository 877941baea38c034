import 'server-only'
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'
import { readEnv } from '@/lib/env'
import { AppError } from '@/lib/errors'

const VERSION = 'v1'
const NONCE_BYTES = 12
const TAG_BYTES = 16

/** A secret that cannot be sealed or opened, and why. The message says what whoever runs Farthing must do. */
export class SealError extends AppError {
  override readonly name = 'SealError'

  constructor(
    readonly reason: 'no_key' | 'wrong_key' | 'damaged',
    message: string,
  ) {
    super('internal', message)
  }
}

type Key = { id: string; bytes: Buffer }

/**
 * Encrypts a text for keeping, with AES-256-GCM under FARTHING_ENCRYPTION_KEY. What comes out names its key and opens for
 * the same purpose only, so that a sealed text cannot be moved to another place.
 * @param purpose what the text is, and whose; not secret
 * @throws SealError `no_key`.
 */
export function seal(text: string, purpose: string): string {
  const key = readKey()
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv('aes-256-gcm', key.bytes, nonce).setAAD(aadOf(key, purpose))
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
  return [VERSION, key.id, Buffer.concat([nonce, sealed, cipher.getAuthTag()]).toString('base64url')].join('.')
}

/**
 * Opens what {@link seal} made for the same purpose.
 * @throws SealError `no_key`, `wrong_key` when it was sealed under another key, `damaged` when it was changed or sealed for
 * another purpose.
 */
export function unseal(sealed: string, purpose: string): string {
  const key = readKey()
  const [version, keyId, body = ''] = sealed.split('.')
  const bytes = Buffer.from(body, 'base64url')
  if (version !== VERSION || bytes.length < NONCE_BYTES + TAG_BYTES) throw damaged()
  if (keyId !== key.id) {
    throw new SealError(
      'wrong_key',
      'This was encrypted with another FARTHING_ENCRYPTION_KEY. Start Farthing with that key, or set the secret anew.',
    )
  }
  const decipher = createDecipheriv('aes-256-gcm', key.bytes, bytes.subarray(0, NONCE_BYTES), {
    authTagLength: TAG_BYTES,
  })
    .setAAD(aadOf(key, purpose))
    .setAuthTag(bytes.subarray(-TAG_BYTES))
  try {
    const text = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES))
    return Buffer.concat([text, decipher.final()]).toString('utf8')
  } catch {
    throw damaged()
  }
}

function readKey(): Key {
  const encoded = readEnv().FARTHING_ENCRYPTION_KEY
  if (encoded === undefined) {
    throw new SealError(
      'no_key',
      'Secrets cannot be kept: FARTHING_ENCRYPTION_KEY is not set (openssl rand -base64 32).',
    )
  }
  const bytes = Buffer.from(encoded, 'base64')
  return { bytes, id: createHash('sha256').update('key id').update(bytes).digest('hex').slice(0, 8) }
}

function aadOf(key: Key, purpose: string): Buffer {
  return Buffer.from(`${VERSION}.${key.id}.${purpose}`, 'utf8')
}

function damaged(): SealError {
  return new SealError('damaged', 'This secret is damaged or belongs somewhere else. Set it anew.')
}
