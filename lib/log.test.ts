import { expect, it } from 'vitest'
import { createLog } from './log'

const KEY = 'fk_0123456789abcdef0123456789abcdef0123'
const COOKIE = 'eyJhbGciOiJkaXIifQ..c2VjcmV0.c2VjcmV0LWNvb2tpZQ.dGFn'
const USER = 'u_5f2c91aa'

function written(run: (log: ReturnType<typeof createLog>) => void): string {
  const lines: string[] = []
  run(createLog({ write: (line) => lines.push(line) }, 'info'))
  return lines.join('')
}

it.each<[string, (log: ReturnType<typeof createLog>) => void]>([
  [
    'fields',
    (log) => log.info({ password: KEY, nested: { deep: { 'X-API-Key': KEY, userId: USER, cookie: COOKIE } } }),
  ],
  ['headers', (log) => log.info({ headers: new Headers({ authorization: `Bearer ${KEY}`, cookie: `a=${COOKIE}` }) })],
  ['texts', (log) => log.warn(`refused ${KEY}, farthing.session=${COOKIE}; "userId":"${USER}"`)],
  ['lists', (log) => log.info({ sent: [KEY, { user_id: USER }, COOKIE] })],
  [
    'errors and their causes',
    (log) => {
      const cause = Object.assign(new Error(`user_id = '${USER}' near ${KEY}`), { parameters: [KEY, USER] })
      log.error({ err: new Error(`Failed query: select 1\nparams: ${USER},${KEY}`, { cause }) }, 'failed')
    },
  ],
  ['errors alone', (log) => log.error(new Error(`params: ${USER},${COOKIE} ${KEY}`))],
  ['formatted parts', (log) => log.info({ n: 1 }, 'refused %s', KEY)],
])('never holds keys, cookies or users: %s', (_where, run) => {
  const line = written(run)
  expect(line.length).toBeGreaterThan(20)
  for (const secret of [KEY, COOKIE, USER]) expect(line).not.toContain(secret)
})

it('hides tokens in addresses, hashes and passwords of stores', () => {
  const line = written((log) =>
    log.info(
      'at http://x/set-up?token=abc123_x and /reset/0123456789012345678901234 as postgres://me:hunter2@db/x with $argon2id$v=19$m=1$salt$hash',
    ),
  )
  for (const secret of ['abc123_x', '0123456789012345678901234', 'hunter2', 'salt']) expect(line).not.toContain(secret)
})

it('keeps what says what happened', () => {
  const cause = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
  const line = written((log) => log.error({ err: new Error('no answer', { cause }), rows: 12 }, 'failed'))
  expect(JSON.parse(line)).toMatchObject({
    msg: 'failed',
    rows: 12,
    err: { name: 'Error', message: 'no answer', cause: { code: 'ECONNREFUSED' } },
  })
})
