import { createServer } from 'node:net'
import { LaunchError } from '@/db/embedded/launch-error'

/**
 * Checks that nobody listens where we are about to, nor on the loopback addresses that "localhost" may mean.
 * @throws LaunchError
 */
export async function requireFreePort(port: number, host: string | null): Promise<void> {
  for (const address of new Set([host ?? undefined, '127.0.0.1', '::1'])) {
    const problem = await tryListening(port, address)
    if (problem === 'EADDRINUSE') {
      throw new LaunchError(`Port ${port} is in use. Stop what listens there, or choose another: PORT=${port + 1}.`)
    }
    if (problem === 'EACCES') throw new LaunchError(`Port ${port} needs special rights. Choose another: PORT=3000.`)
    if (problem !== null && address === host) {
      throw new LaunchError(`HOSTNAME is "${host}", which is not an address of this machine (${problem}).`)
    }
  }
}

function tryListening(port: number, address: string | undefined): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
    server.listen({ port, host: address, exclusive: true }, () => server.close(() => resolve(null)))
  })
}
