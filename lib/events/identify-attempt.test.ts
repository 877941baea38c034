import { describe, expect, it } from 'vitest'
import { contentHashOf, contextOf, digestContent, keyOfAttempt, keyOfRequest } from '@/lib/events/identify-attempt'

const SCOPE = { workspaceId: 1, dataMode: 'real', environment: 'prod', externalRequestId: 'r-1' }

describe('content', () => {
  it('does not depend on the order of fields or the spelling of numbers', () => {
    const one = JSON.parse('{"a":1.0,"b":{"y":"ä","x":[1,2]}}')
    const other = JSON.parse('{"b":{"x":[1,2],"y":"\\u00e4"},"a":1}')
    expect(digestContent(one)).toBe(digestContent(other))
  })

  it('leaves out revision, outcome and qualityScore, and nothing else', () => {
    const digest = digestContent({ a: 1 })
    expect(digestContent({ a: 1, revision: 2, outcome: 'x', qualityScore: 3 })).toBe(digest)
    expect(digestContent({ a: 1, other: 1 })).not.toBe(digest)
    expect(digestContent(JSON.parse('{"a":1,"__proto__":{"b":1}}'))).not.toBe(digest)
  })

  it('is kept as its first 64 bits', () => {
    expect(contentHashOf(`ffffffffffffffff${'0'.repeat(48)}`)).toBe(4_294_967_295)
  })
})

describe('keys', () => {
  it('differ by every part of the scope', () => {
    const keys = [
      SCOPE,
      { ...SCOPE, workspaceId: 2 },
      { ...SCOPE, dataMode: 'test' },
      { ...SCOPE, environment: 'dev' },
      { ...SCOPE, externalRequestId: 'r-2' },
    ].flatMap((scope) => [keyOfRequest(scope), keyOfAttempt(scope, 'attempt', 1)])
    expect(new Set(keys).size).toBe(10)
  })

  it('tell an attempt number from an attempt id', () => {
    expect(keyOfAttempt(SCOPE, 'attempt', 1)).not.toBe(keyOfAttempt(SCOPE, 'attemptId', '1'))
  })
})

it('tells the context without regard to the order of tags', () => {
  const context = { endpoint: 'e', promptVersion: 'p', userId: 'u', apiKeyId: 1 }
  const text = contextOf({
    ...context,
    tags: [
      ['a', '1'],
      ['b', '2'],
    ],
  })
  expect(
    contextOf({
      ...context,
      tags: [
        ['b', '2'],
        ['a', '1'],
      ],
    }),
  ).toBe(text)
  expect(
    contextOf({
      ...context,
      tags: [
        ['a', '2'],
        ['b', '1'],
      ],
    }),
  ).not.toBe(text)
})
