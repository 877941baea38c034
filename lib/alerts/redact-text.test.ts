import { expect, it } from 'vitest'
import { redactName } from './redact-text'

it('takes a name out of every text and leaves words that hold it', () => {
  const facts = {
    title: 'Spend of u1: +80 %',
    drivers: [
      { label: 'u1', value: '$1' },
      { label: 'u12', value: '$2' },
    ],
    viewPath: '/w/shop/users?f=user:in:u1&range=7d',
    value: '12.5',
    isRevision: false,
    none: null,
  }
  expect(redactName(facts, 'u1')).toEqual({
    ...facts,
    title: 'Spend of (erased): +80 %',
    drivers: [
      { label: '(erased)', value: '$1' },
      { label: 'u12', value: '$2' },
    ],
    viewPath: '/w/shop/users?f=user:in:(erased)&range=7d',
  })
})

it('knows a name in an address, whatever characters it has', () => {
  expect(redactName(['/w/shop/users?u=a%2Bb%40c.de', 'of a+b@c.de.', 'a+b@cxde'], 'a+b@c.de')).toEqual([
    '/w/shop/users?u=(erased)',
    'of (erased).',
    'a+b@cxde',
  ])
})
