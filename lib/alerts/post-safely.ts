import 'server-only'
import { lookup } from 'node:dns'
import type { LookupFunction } from 'node:net'
import ipaddr from 'ipaddr.js'
import { Agent, request } from 'undici'
import { readEnv } from '@/lib/env'
import { mayReach, type Network, parsePrivateNetworks } from './private-networks'
import { SendError } from './send-error'

const CONNECT_MS = 5_000
const ANSWER_MS = 10_000
const MAX_ANSWER_BYTES = 16_384
const MAX_ANSWER_SHOWN = 200

class BlockedAddressError extends Error {}

/**
 * Reads an address that messages are to go to: https (http only within the networks that the settings allow), without a
 * name or password in it, not to an address that is not public.
 * @throws SendError (permanent) that says what is wrong with it.
 */
function readTargetUrl(text: string): URL {
  if (!URL.canParse(text)) throw new SendError('This is no address. It looks like https://example.com/hook.', true)
  // The parser turns decimal, hexadecimal and octal forms into dotted addresses.
  const url = new URL(text)
  const allowed = allowedNetworks()
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && allowed.length > 0)) {
    throw new SendError('The address must begin with https://.', true)
  }
  if (url.username !== '' || url.password !== '') {
    throw new SendError('The address must not hold a name or password.', true)
  }
  const host = url.hostname.replace(/^\[|\]$/g, '')
  if (ipaddr.isValid(host)) requireReachable(host, url.protocol, allowed)
  return url
}

/**
 * Checks that an address may get messages, and that what its name resolves to now may too.
 * @throws SendError that says what is wrong with it.
 */
export async function checkTargetUrl(text: string): Promise<void> {
  const url = readTargetUrl(text)
  const host = url.hostname.replace(/^\[|\]$/g, '')
  if (ipaddr.isValid(host)) return
  await new Promise<void>((resolve, reject) =>
    checkedLookup(url.protocol)(host, { all: true }, (error) => (error ? reject(toSendError(error)) : resolve())),
  )
}

/**
 * Posts to an address that somebody typed in. What its name resolves to is checked when the connection is made, and that
 * very address is connected to, so that a name that changes its answer gains nothing; redirects are not followed; the answer
 * is cut.
 * @returns the answer, shortened, for the delivery log
 * @throws SendError when it was refused, could not be reached or is blocked.
 */
export async function postSafely(
  target: string,
  { headers, body }: { headers: Record<string, string>; body: string },
): Promise<{ status: number; text: string }> {
  const url = readTargetUrl(target)
  const agent = new Agent({
    connect: { timeout: CONNECT_MS, lookup: checkedLookup(url.protocol) },
    headersTimeout: ANSWER_MS,
    bodyTimeout: ANSWER_MS,
    maxResponseSize: MAX_ANSWER_BYTES,
  })
  try {
    const answer = await request(url, {
      method: 'POST',
      dispatcher: agent,
      headers: { 'user-agent': 'Farthing', ...headers },
      body,
      signal: AbortSignal.timeout(ANSWER_MS),
    })
    const { statusCode } = answer
    const isRedirect = statusCode >= 300 && statusCode < 400
    // Neither is needed to know how it went.
    const text = await answer.body.text().catch(() => '')
    const shown = `HTTP ${statusCode}${text ? `: ${text.slice(0, MAX_ANSWER_SHOWN)}` : ''}`
    if (statusCode >= 200 && statusCode < 300) return { status: statusCode, text: shown }
    if (isRedirect)
      throw new SendError(`HTTP ${statusCode}: redirects are not followed; enter the address itself`, true)
    const isPermanent = statusCode < 500 && statusCode !== 408 && statusCode !== 429
    throw new SendError(shown, isPermanent, readRetryAfter(answer.headers['retry-after']))
  } catch (error) {
    throw toSendError(error)
  } finally {
    await agent.destroy()
  }
}

function allowedNetworks(): Network[] {
  return parsePrivateNetworks(readEnv().FARTHING_ALLOW_PRIVATE_WEBHOOKS ?? '') ?? []
}

function requireReachable(address: string, protocol: string, allowed: readonly Network[]): void {
  const found = mayReach(address, allowed)
  if (!found.mayReach) {
    throw new SendError(
      'The address is not public. Whoever runs Farthing can allow it with FARTHING_ALLOW_PRIVATE_WEBHOOKS.',
      true,
    )
  }
  if (protocol !== 'https:' && !found.isPrivate) throw new SendError('The address must begin with https://.', true)
}

/** Looks a name up; an error when any of its addresses must not be reached. */
function checkedLookup(protocol: string): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      const [first] = addresses ?? []
      if (error || !first) return callback(error ?? new Error('no address'), '', 0)
      try {
        const allowed = allowedNetworks()
        for (const { address } of addresses) requireReachable(address, protocol, allowed)
      } catch (blocked) {
        return callback(new BlockedAddressError('blocked', { cause: blocked }), '', 0)
      }
      if (options.all) callback(null, addresses)
      else callback(null, first.address, first.family)
    })
  }
}

function toSendError(error: unknown): SendError {
  if (error instanceof SendError) return error
  if (!(error instanceof Error)) return new SendError('It could not be reached.', false)
  if (error instanceof BlockedAddressError) return toSendError(error.cause)
  if (error.cause instanceof BlockedAddressError) return toSendError(error.cause)
  if (error.name === 'TimeoutError') return new SendError(`No answer within ${ANSWER_MS / 1_000} s`, false)
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name
  return new SendError(`It could not be reached (${code})`, false)
}

function readRetryAfter(value: string | string[] | undefined): number | null {
  const seconds = Number(Array.isArray(value) ? value[0] : value)
  return Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds, 600) : null
}
