import 'server-only'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { AppError } from '@/lib/errors'

const MIB = 1024 * 1024

/** Most bytes of bodies that this process holds at once while they arrive. */
const MAX_BYTES_IN_FLIGHT = 160 * MIB

let bytesInFlight = 0

function readEncoding(request: Request): 'identity' | 'gzip' {
  const encoding = (request.headers.get('content-encoding') ?? '').trim().toLowerCase()
  if (encoding === '' || encoding === 'identity') return 'identity'
  if (encoding === 'gzip' || encoding === 'x-gzip') return 'gzip'
  throw new AppError('unsupported_media_type', 'Content-Encoding must be gzip or absent.')
}

function tooLarge(maxBytes: number): AppError {
  const limit = maxBytes < MIB ? `${Math.floor(maxBytes / 1024)} KiB` : `${Math.floor(maxBytes / MIB)} MiB`
  return new AppError(
    'payload_too_large',
    `The body may have at most ${limit} after decompression. Send a smaller one.`,
  )
}

function isZlibError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code.startsWith('Z_')
}

async function* readChunks(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = body.getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      yield value
    }
  } finally {
    reader.releaseLock()
  }
}

/** Collects the decoded body up to the limit; the rest is never held. */
async function collect(request: Request, maxBytes: number): Promise<Buffer> {
  const encoding = readEncoding(request)
  const declared = Number(request.headers.get('content-length') ?? Number.NaN)
  if (declared > maxBytes) throw tooLarge(maxBytes)
  if (!request.body) return Buffer.alloc(0)

  const chunks: Uint8Array[] = []
  let received = 0
  let size = 0
  const source = readChunks(request.body)
  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const chunk of source) {
      received += chunk.byteLength
      yield chunk
    }
  }
  let refusal: AppError | null = null
  async function keep(decoded: AsyncIterable<Uint8Array>): Promise<void> {
    for await (const chunk of decoded) {
      size += chunk.byteLength
      bytesInFlight += chunk.byteLength
      if (size > maxBytes) refusal = tooLarge(maxBytes)
      else if (bytesInFlight > MAX_BYTES_IN_FLIGHT) {
        refusal = new AppError('too_many_requests', 'Too many large bodies at once. Try again in a moment.')
      }
      if (refusal) throw refusal
      chunks.push(chunk)
    }
  }
  try {
    if (encoding === 'gzip') await pipeline(Readable.from(counted()), createGunzip(), keep)
    else await keep(counted())
    if (Number.isFinite(declared) && received !== declared) throw new Error('fewer bytes than announced')
    return Buffer.concat(chunks)
  } catch (error) {
    // A pipeline may report that it was closed rather than why.
    if (refusal) throw refusal
    if (isZlibError(error)) {
      throw new AppError('invalid_body', 'The body is not a complete gzip stream although Content-Encoding says gzip.')
    }
    throw new AppError(
      'invalid_body',
      'The body was cut off before its end. Nothing of it was stored; send it again.',
      {
        cause: error,
      },
    )
  } finally {
    bytesInFlight -= size
  }
}

/**
 * The whole body as text: plain or gzip, UTF-8 with or without a byte order mark.
 * @throws AppError 413 above `maxBytes` after decompression, 415 for another encoding, 400 for a broken stream or text.
 */
export async function readTextBody(request: Request, maxBytes: number): Promise<string> {
  const bytes = await collect(request, maxBytes)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new AppError('invalid_body', 'The body is not valid UTF-8.')
  }
}
