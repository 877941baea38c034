import { Agent, request } from 'node:http'

/** A running instance and a key of it. */
export type Target = { url: string; key: string }

export type Answer = { status: number; text: string; tookMs: number }

const agent = new Agent({ keepAlive: true, maxSockets: 64 })

/**
 * Posts JSON over a kept connection; `tookMs` is from the call to the last byte. A connection that the server gave up while
 * nobody used it is replaced.
 */
export async function postJson(target: Target, path: string, body: string): Promise<Answer> {
  const first = await send(target, path, body)
  if (first !== 'stale') return first
  const second = await send(target, path, body)
  if (second === 'stale') throw new Error(`${target.url} closes its connections`)
  return second
}

function send(target: Target, path: string, body: string): Promise<Answer | 'stale'> {
  const startedMs = performance.now()
  return new Promise((resolve, reject) => {
    const outgoing = request(
      `${target.url}${path}`,
      {
        method: 'POST',
        agent,
        headers: {
          'x-api-key': target.key,
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
        },
      },
      (incoming) => {
        const chunks: Buffer[] = []
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
        incoming.once('error', reject)
        incoming.once('end', () =>
          resolve({
            status: incoming.statusCode ?? 0,
            text: Buffer.concat(chunks).toString('utf8'),
            tookMs: performance.now() - startedMs,
          }),
        )
      },
    )
    outgoing.once('error', (error) => {
      if (outgoing.reusedSocket && 'code' in error && error.code === 'ECONNRESET') resolve('stale')
      else reject(error)
    })
    outgoing.end(body)
  })
}

/** As {@link postJson}. @throws Error when the answer is not 200. */
export async function postOk(target: Target, path: string, body: string): Promise<Answer> {
  const answer = await postJson(target, path, body)
  if (answer.status !== 200) throw new Error(`${path} answered ${answer.status}: ${answer.text.slice(0, 300)}`)
  return answer
}
