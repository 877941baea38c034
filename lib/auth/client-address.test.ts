import { expect, it } from 'vitest'
import { clientAddress } from './client-address'

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
