import 'server-only'
import { createHash } from 'node:crypto'
import { createReadStream, type ReadStream } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { ImportError } from './import-error'

/** A file that can be read as text several times, decompressed where it is gzip. */
export type TextFile = {
  readonly path: string
  readonly sizeBytes: number
  /** SHA-256 (hex) of the decompressed content: a file and its `.gz` are the same. */
  digest(): Promise<string>
  /** The decoded text in pieces; `onBytes` hears how much of the file (as stored) was read. */
  chunks(onBytes?: (readBytes: number) => void): AsyncGenerator<string, void, undefined>
}

/** @throws ImportError when the path is no readable file. */
export async function openText(path: string): Promise<TextFile> {
  const { sizeBytes, magic } = await inspect(path)
  if (magic.startsWith('fffe') || magic.startsWith('feff'))
    throw new ImportError(`${path} is UTF-16: convert it to UTF-8 first.`)
  const isGzip = magic.startsWith('1f8b')
  if (!isGzip && path.endsWith('.gz')) throw new ImportError(`${path} is named .gz but is not gzip.`)

  const openBytes = (): { file: ReadStream; content: Readable } => {
    const file = createReadStream(path, { highWaterMark: 262_144 })
    if (!isGzip) return { file, content: file }
    const content = createGunzip()
    file.on('error', (error) => content.destroy(error))
    return { file, content: file.pipe(content) }
  }
  const failed = (error: unknown): unknown =>
    isGzip &&
    error instanceof Error &&
    /^Z_|unexpected end/.test(`${'code' in error ? error.code : ''} ${error.message}`.trim())
      ? new ImportError(`${path} is damaged: the compressed data end early or make no sense.`, { cause: error })
      : error

  return {
    path,
    sizeBytes,
    async digest() {
      const hash = createHash('sha256')
      try {
        for await (const chunk of openBytes().content) hash.update(chunk)
      } catch (error) {
        throw failed(error)
      }
      return hash.digest('hex')
    },
    async *chunks(onBytes) {
      const decoder = new TextDecoder('utf-8', { fatal: true })
      const { file, content } = openBytes()
      try {
        for await (const chunk of content) {
          onBytes?.(file.bytesRead)
          yield decode(decoder, chunk, path)
        }
        yield decode(decoder, null, path)
      } catch (error) {
        throw failed(error)
      } finally {
        file.destroy()
      }
    },
  }
}

async function inspect(path: string): Promise<{ sizeBytes: number; magic: string }> {
  try {
    const { size } = await stat(path)
    const handle = await open(path)
    try {
      const start = Buffer.alloc(2)
      const { bytesRead } = await handle.read(start, 0, 2, 0)
      return { sizeBytes: size, magic: start.subarray(0, bytesRead).toString('hex') }
    } finally {
      await handle.close()
    }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null
    const reason = code === 'ENOENT' ? 'does not exist' : code === 'EISDIR' ? 'is a directory' : 'cannot be read'
    throw new ImportError(`${path} ${reason}.`, { cause: error })
  }
}

function decode(decoder: TextDecoder, chunk: Uint8Array | null, path: string): string {
  try {
    return chunk === null ? decoder.decode() : decoder.decode(chunk, { stream: true })
  } catch (error) {
    throw new ImportError(`${path} is not UTF-8: convert it first, e.g. with iconv -f WINDOWS-1252 -t UTF-8.`, {
      cause: error,
    })
  }
}
