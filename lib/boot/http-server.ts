import 'server-only'
import { subscribe } from 'node:diagnostics_channel'
import { IncomingMessage, Server, ServerResponse } from 'node:http'
import { z } from 'zod'
import { PEER_ADDRESS_HEADER } from '@/lib/auth/client-address'
import { bootPhase } from '@/lib/boot/boot-state'

const requestStart = z.object({
  request: z.instanceof(IncomingMessage),
  response: z.instanceof(ServerResponse),
  server: z.instanceof(Server),
})

const servers = new Set<Server>()

/** Longer than clients and load balancers keep idle connections, so that none sends a request into one that just closed. */
const KEEP_ALIVE_MS = 75_000

/**
 * Watches the process's HTTP server, which Next.js keeps to itself: notes it, so that it can be closed, and writes the
 * peer's address into each request, because Next.js shows handlers only headers, which clients can forge. With a public
 * address of https, every answer tells browsers to stay with it.
 */
export function watchHttpServer(options: { isPublicHttps: boolean }): void {
  subscribe('http.server.request.start', (message) => {
    const { request, response, server } = requestStart.parse(message)
    servers.add(server)
    server.keepAliveTimeout = KEEP_ALIVE_MS
    request.headers[PEER_ADDRESS_HEADER] = request.socket.remoteAddress ?? 'unknown'
    if (options.isPublicHttps) response.setHeader('Strict-Transport-Security', 'max-age=31536000')
    if (bootPhase() === 'stopping') response.setHeader('Connection', 'close')
  })
}

/** Stops accepting connections; resolves when the last answer under way is sent, or after `timeoutMs`. */
export async function closeHttpServers(timeoutMs: number): Promise<void> {
  const closed = Promise.all([...servers].map(closeServer))
  const timeout = new Promise<void>((resolve) => setTimeout(resolve, timeoutMs).unref())
  await Promise.race([closed, timeout])
}

async function closeServer(server: Server): Promise<void> {
  // A kept-alive connection that falls idle after close() would hold the server open.
  const sweep = setInterval(() => server.closeIdleConnections(), 50)
  await new Promise<void>((resolve) => server.close(() => resolve()))
  clearInterval(sweep)
}
