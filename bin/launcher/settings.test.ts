import { hostname } from 'node:os'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { readSettings } from '@/bin/launcher/settings'

afterEach(() => vi.unstubAllEnvs())

function settingsWith(env: Record<string, string>) {
  for (const name of ['PORT', 'HOSTNAME', 'FARTHING_PUBLIC_URL', 'FARTHING_DATA_DIR']) vi.stubEnv(name, env[name] ?? '')
  return readSettings('127.0.0.1')
}

describe('readSettings', () => {
  it('serves on localhost:3000 unless told otherwise', () => {
    expect(settingsWith({})).toMatchObject({ port: 3000, host: '127.0.0.1', publicUrl: 'http://localhost:3000' })
  })

  it('does not take the name of the machine for an address to listen on', () => {
    expect(settingsWith({ HOSTNAME: hostname() }).host).toBe('127.0.0.1')
    expect(settingsWith({ HOSTNAME: '0.0.0.0' })).toMatchObject({ host: '0.0.0.0', localUrl: 'http://localhost:3000' })
  })

  it('takes the public address as given and the local one from the port', () => {
    expect(settingsWith({ PORT: '8080', FARTHING_PUBLIC_URL: 'https://cost.example' })).toMatchObject({
      publicUrl: 'https://cost.example',
      localUrl: 'http://localhost:8080',
    })
  })

  it.each(['abc', '0', '65536', '80.5'])('refuses the port %s', (PORT) => {
    expect(() => settingsWith({ PORT })).toThrow(`PORT is "${PORT}"; it must be a number from 1 to 65535.`)
  })
})
