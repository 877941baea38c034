import { request } from 'node:http'

/**
 * Sends one statement over a connection of its own: the engine's shutdown waits for those that are kept alive.
 * @param {{ port: number, path?: string, authorization: string, sql: string, timeoutMs: number }} options
 * @returns {Promise<{ ok: boolean, text: string }>}
 */
export function askClickhouse({ port, path = '/', authorization, sql, timeoutMs }) {
  return new Promise((resolve, reject) => {
    const sent = request({
      host: '127.0.0.1',
      port,
      path,
      method: 'POST',
      headers: { authorization },
      agent: false,
      signal: AbortSignal.timeout(timeoutMs),
    })
    sent.once('error', reject)
    sent.once('response', (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk) => {
        text += chunk
      })
      response.once('error', reject)
      response.once('end', () => resolve({ ok: response.statusCode === 200, text }))
    })
    sent.end(sql)
  })
}
