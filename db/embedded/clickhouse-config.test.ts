import { describe, expect, it } from 'vitest'
import {
  engineMemoryBytes,
  READER,
  renderServerConfig,
  renderUsersConfig,
  WRITER,
} from '@/db/embedded/clickhouse-config'

const GIB = 1024 ** 3

describe('engineMemoryBytes', () => {
  it.each([
    [4 * GIB, 2 * GIB],
    [16 * GIB, 8 * GIB],
    [64 * GIB, 8 * GIB],
  ])('of %d bytes takes %d', (machineBytes, expected) => {
    expect(engineMemoryBytes(machineBytes)).toBe(expected)
  })
})

describe('renderServerConfig', () => {
  const config = renderServerConfig({ port: 4321, usersFile: '/data/<a & b>/users.xml', memoryBytes: GIB })

  it('escapes paths', () => {
    expect(config).toContain('<users_config>/data/&lt;a &amp; b&gt;/users.xml</users_config>')
  })

  it('listens on loopback only', () => {
    expect(config.match(/<listen_host>.*<\/listen_host>/g)).toEqual(['<listen_host>127.0.0.1</listen_host>'])
    expect(config).toContain('<http_port>4321</http_port>')
  })

  it('answers our users and not the one without a password', () => {
    const pattern = config.match(/<Authorization>regex:(.*)<\/Authorization>/)?.[1]
    const accepts = (user: string) => new RegExp(pattern ?? '$.').test(`Basic ${btoa(`${user}:password`)}`)
    expect([accepts(WRITER), accepts(READER), accepts('default'), accepts('')]).toEqual([true, true, false, false])
  })
})

describe('renderUsersConfig', () => {
  it('keeps hashes, not passwords', () => {
    const users = renderUsersConfig({ writerPassword: 'write-secret', readerPassword: 'read-secret' })
    expect(users).not.toMatch(/write-secret|read-secret/)
    expect(users.match(/<password_sha256_hex>[0-9a-f]{64}</g)).toHaveLength(2)
  })
})
