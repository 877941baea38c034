import { hostname } from 'node:os'
import { resolve } from 'node:path'
import { z } from 'zod'
import { ROOT } from '@/bin/launcher/root'
import { LaunchError } from '@/db/embedded/launch-error'

const portSchema = z.coerce.number().int().min(1).max(65_535)

export type Settings = {
  port: number
  /** Where to listen; null is every interface. */
  host: string | null
  /** The address people use, for links. */
  publicUrl: string
  /** The address this machine reaches it by. */
  localUrl: string
  /** Absolute path. */
  dataDir: string
}

/**
 * What the environment says about where to listen and where to keep data.
 * @param defaultHost for when HOSTNAME does not say
 * @throws LaunchError
 */
export function readSettings(defaultHost: string | null): Settings {
  const { PORT, HOSTNAME, FARTHING_PUBLIC_URL, FARTHING_DATA_DIR } = process.env
  const port = portSchema.safeParse(PORT || '3000')
  if (!port.success) throw new LaunchError(`PORT is "${PORT}"; it must be a number from 1 to 65535.`)
  // Shells and containers set HOSTNAME to the machine's name without anybody's asking.
  const host = HOSTNAME && HOSTNAME !== hostname() ? HOSTNAME : defaultHost
  const isLocal = host === null || ['0.0.0.0', '::', '127.0.0.1', '::1', 'localhost'].includes(host)
  const localUrl = `http://${isLocal ? 'localhost' : host}:${port.data}`
  return {
    port: port.data,
    host,
    publicUrl: FARTHING_PUBLIC_URL || localUrl,
    localUrl,
    dataDir: resolve(ROOT, FARTHING_DATA_DIR || '.farthing'),
  }
}
