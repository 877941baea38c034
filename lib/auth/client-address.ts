/** Header that the server sets on every request from its socket; what a client sends under this name is overwritten. */
export const PEER_ADDRESS_HEADER = 'x-farthing-peer-address'

/**
 * Whom a request comes from. `X-Forwarded-For` is believed only behind a proxy, and then only its last entry: the ones
 * before it were sent by the client.
 */
export function clientAddress(headers: { get(name: string): string | null }, behindProxy: boolean): string {
  const peer = headers.get(PEER_ADDRESS_HEADER) ?? 'unknown'
  if (!behindProxy) return peer
  return headers.get('x-forwarded-for')?.split(',').at(-1)?.trim() || peer
}
