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

/**
 * What limits count an address as: an IPv4 address as it is, an IPv6 one as its /64 network, which belongs to one
 * customer as a whole.
 */
export function addressGroup(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (mapped) return mapped
  if (!address.includes(':')) return address.slice(0, 64)
  const [before = '', after] = address.toLowerCase().split('::', 2)
  const head = before.split(':').filter(Boolean)
  const tail = (after ?? '').split(':').filter(Boolean)
  const zeros = after === undefined ? 0 : Math.max(0, 8 - head.length - tail.length)
  const groups = [...head, ...Array.from({ length: zeros }, () => '0'), ...tail]
  return `${groups
    .slice(0, 4)
    .map((group) => group.slice(0, 4).replace(/^0+(?=.)/, ''))
    .join(':')}::/64`
}
