import ipaddr from 'ipaddr.js'

/** A network that messages may go to though it is not public. */
export type Network = readonly [ipaddr.IPv4 | ipaddr.IPv6, number]

/** Reads addresses and networks separated by commas; null when one is malformed. Pure. */
export function parsePrivateNetworks(text: string): Network[] | null {
  const parts = text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
  const networks = parts.map(parseNetwork)
  const known = networks.filter((network) => network !== null)
  return known.length === networks.length ? known : null
}

/**
 * Whether messages may go to an address: a public unicast one, or one of the allowed networks. IPv6 forms that hold an IPv4
 * address are judged by it. Pure.
 */
export function mayReach(address: string, allowed: readonly Network[]): { mayReach: boolean; isPrivate: boolean } {
  const bare = address.replace(/^\[|\]$/g, '').replace(/%.*$/, '')
  if (!ipaddr.isValid(bare)) return { mayReach: false, isPrivate: true }
  // process() turns an IPv4-mapped IPv6 address into the IPv4 one.
  const ip = ipaddr.process(bare)
  // Ranges such as 6to4, Teredo and 64:ff9b::/96 lead to IPv4 addresses of any kind: none of them is unicast here.
  const isPublic = ip.range() === 'unicast'
  const isAllowed = allowed.some(([network, bits]) => network.kind() === ip.kind() && matches(ip, network, bits))
  return { mayReach: isPublic || isAllowed, isPrivate: !isPublic }
}

function parseNetwork(text: string): Network | null {
  try {
    if (text.includes('/')) return ipaddr.parseCIDR(text)
    const ip = ipaddr.process(text)
    return [ip, ip.kind() === 'ipv4' ? 32 : 128]
  } catch {
    return null
  }
}

function matches(ip: ipaddr.IPv4 | ipaddr.IPv6, network: ipaddr.IPv4 | ipaddr.IPv6, bits: number): boolean {
  const [one, other] = [ip.toByteArray(), network.toByteArray()]
  return one.every((byte, index) => {
    const shared = Math.max(0, Math.min(8, bits - index * 8))
    const mask = 0xff & (0xff << (8 - shared))
    return (byte & mask) === ((other[index] ?? 0) & mask)
  })
}
