import { expect, it } from 'vitest'
import { addressGroup, clientAddress } from './client-address'

const sent = new Headers({ 'x-farthing-peer-address': '10.0.0.7', 'x-forwarded-for': '1.1.1.1, 203.0.113.9' })

it('is the peer of the connection, whatever the client forwards', () => {
  expect(clientAddress(sent, false)).toBe('10.0.0.7')
})

it('is what the proxy added last, behind a proxy', () => {
  expect(clientAddress(sent, true)).toBe('203.0.113.9')
})

it('falls back to the peer behind a proxy that forwards nothing', () => {
  expect(clientAddress(new Headers({ 'x-farthing-peer-address': '10.0.0.7' }), true)).toBe('10.0.0.7')
  expect(clientAddress(new Headers(), false)).toBe('unknown')
})

it.each([
  ['203.0.113.9', '203.0.113.9'],
  ['::ffff:203.0.113.9', '203.0.113.9'],
  ['2001:db8:1:2:aaaa::1', '2001:db8:1:2::/64'],
  ['2001:0DB8:1:2:bbbb:cccc:dddd:eeee', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['unknown', 'unknown'],
])('counts %s as %s', (address, group) => {
  expect(addressGroup(address)).toBe(group)
})
