import { AppError } from '@/lib/errors'

/**
 * Refuses what another site makes a signed-in browser send. Browsers say where a POST comes from in `Sec-Fetch-Site` and
 * `Origin`; clients that say neither carry no cookies of their own accord.
 * @throws AppError `forbidden`.
 */
export function requireSameOrigin(headers: Headers, publicUrl: string | undefined): void {
  const site = headers.get('sec-fetch-site')
  if (site !== null && site !== 'same-origin') throw refused()
  const origin = headers.get('origin')
  if (origin === null) return
  const hosts = [headers.get('host'), publicUrl === undefined ? null : new URL(publicUrl).host]
  if (!URL.canParse(origin) || !hosts.includes(new URL(origin).host)) throw refused()
}

function refused(): AppError {
  return new AppError('forbidden', 'This request comes from another site. Open the console itself and try again.')
}
