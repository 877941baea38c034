import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { startReceiver } from './alert-fixture'
import { checkTargetUrl, postSafely } from './post-safely'

let status = 200
let receiver: Awaited<ReturnType<typeof startReceiver>>
beforeAll(async () => {
  receiver = await startReceiver(() => status)
})
afterAll(() => receiver.stop())
afterEach(() => {
  status = 200
  delete process.env.FARTHING_ALLOW_PRIVATE_WEBHOOKS
})

const post = (url: string) => postSafely(url, { headers: {}, body: '{}' })

describe('addresses that messages must not go to', () => {
  it.each([
    'https://169.254.169.254/latest/meta-data',
    'https://127.0.0.1/',
    'https://2130706433/',
    'https://0x7f000001/',
    'https://0177.0.0.1/',
    'https://127.1/',
    'https://0.0.0.0/',
    'https://10.1.2.3/',
    'https://172.16.0.1/',
    'https://192.168.1.1/',
    'https://100.64.0.1/',
    'https://224.0.0.1/',
    'https://[::1]/',
    'https://[::]/',
    'https://[::ffff:127.0.0.1]/',
    'https://[::ffff:a9fe:a9fe]/',
    'https://[64:ff9b::7f00:1]/',
    'https://[2002:7f00:1::]/',
    'https://[fc00::1]/',
    'https://[fe80::1]/',
    // A name that resolves to a private address.
    'https://localhost/',
  ])('%s is blocked when saved and when sent', async (url) => {
    await expect(checkTargetUrl(url)).rejects.toMatchObject({ isPermanent: true, message: /is not public/ })
    await expect(post(url)).rejects.toMatchObject({ isPermanent: true, message: /is not public/ })
  })

  it.each([
    ['http://example.com/hook', /begin with https/],
    ['ftp://example.com/hook', /begin with https/],
    ['file:///etc/passwd', /begin with https/],
    ['https://user:password@example.com/', /must not hold a name or password/],
    ['no address', /This is no address/],
  ])('%s is refused', async (url, message) => {
    await expect(checkTargetUrl(url)).rejects.toMatchObject({ isPermanent: true, message })
    await expect(post(url)).rejects.toMatchObject({ isPermanent: true, message })
  })
})

describe('networks that the settings allow', () => {
  it('are reached, others are not, and a public address stays https only', async () => {
    process.env.FARTHING_ALLOW_PRIVATE_WEBHOOKS = '127.0.0.0/8, ::1'
    await expect(checkTargetUrl(receiver.url)).resolves.toBeUndefined()
    await expect(post(receiver.url)).resolves.toEqual({ status: 200, text: 'HTTP 200: ok' })
    await expect(post(`http://localhost:${receiver.port}`)).resolves.toMatchObject({ status: 200 })
    await expect(post('http://10.0.0.1/')).rejects.toMatchObject({ message: /is not public/ })
    await expect(post('http://8.8.8.8/')).rejects.toMatchObject({ message: /begin with https/ })
  })

  it('do not make redirects followed', async () => {
    process.env.FARTHING_ALLOW_PRIVATE_WEBHOOKS = '127.0.0.1'
    status = 302
    const before = receiver.received.length
    await expect(post(receiver.url)).rejects.toMatchObject({ isPermanent: true, message: /redirects are not followed/ })
    expect(receiver.received).toHaveLength(before + 1)
  })

  it('say whether trying again may help', async () => {
    process.env.FARTHING_ALLOW_PRIVATE_WEBHOOKS = '127.0.0.1'
    for (const [code, isPermanent] of [
      [404, true],
      [408, false],
      [429, false],
      [503, false],
    ] as const) {
      status = code
      await expect(post(receiver.url)).rejects.toMatchObject({ isPermanent })
    }
  })
})
