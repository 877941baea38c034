import { createServer } from 'node:net'
import { demandPassword } from './postgres-password.mjs'

const IDLE_IN_TRANSACTION_MS = 30_000
const MAX_MESSAGE_BYTES = 64 * 1024 * 1024
const QUERY = 'Q'.charCodeAt(0)
const SYNC = 'S'.charCodeAt(0)
const FLUSH = 'H'.charCodeAt(0)
const TERMINATE = 'X'.charCodeAt(0)
const READY_FOR_QUERY = Buffer.from([0x5a, 0, 0, 0, 5])
const IDLE = 'I'.charCodeAt(0)

/**
 * Serves one PGlite to many connections over the PostgreSQL protocol. There is a single backend behind them, so what a
 * client sends up to its Sync is run in one go, and while a transaction is open its connection has the backend to
 * itself: interleaved, a Bind would meet the unnamed statement that another connection has just parsed.
 * @param {{ db: import('@electric-sql/pglite').PGlite, port: number, password: string }} options
 * @returns {Promise<{ close(): Promise<void> }>}
 */
export async function servePostgres({ db, port, password }) {
  const greeting = Buffer.from(db.execProtocolRawSync(startupMessage()))
  /** @type {Set<import('node:net').Socket>} */
  const sockets = new Set()
  /** @type {import('node:net').Socket | null} */
  let owner = null
  /** @type {{ socket: import('node:net').Socket, messages: Buffer[] }[]} */
  let waiting = []
  /** @type {NodeJS.Timeout | undefined} */
  let ownerTimeout

  const server = createServer((socket) => {
    sockets.add(socket)
    socket.setNoDelay(true)
    socket.on('error', () => socket.destroy())
    socket.once('close', () => leave(socket))
    demandPassword(socket, password, (rest) => converse(socket, rest))
  })
  await /** @type {Promise<void>} */ (
    new Promise((resolve, reject) => {
      server.once('error', reject)
      server.listen(port, '127.0.0.1', resolve)
    })
  )

  /**
   * @param {import('node:net').Socket} socket
   * @param {Buffer} rest what came after the password
   */
  function converse(socket, rest) {
    let received = rest
    /** @type {Buffer[]} */
    let batch = []
    socket.write(greeting)
    socket.on('data', (chunk) => {
      received = received.length === 0 ? chunk : Buffer.concat([received, chunk])
      readMessages()
    })
    readMessages()

    function readMessages() {
      while (received.length >= 5) {
        const length = 1 + received.readInt32BE(1)
        if (length < 5 || length > MAX_MESSAGE_BYTES) return socket.destroy()
        if (received.length < length) return
        const message = received.subarray(0, length)
        received = received.subarray(length)
        if (message[0] === TERMINATE) return socket.end()
        batch.push(message)
        if (message[0] !== QUERY && message[0] !== SYNC && message[0] !== FLUSH) continue
        waiting.push({ socket, messages: batch })
        batch = []
        runWaiting()
      }
    }
  }

  function runWaiting() {
    for (;;) {
      const index = owner === null ? 0 : waiting.findIndex((entry) => entry.socket === owner)
      const [next] = index < 0 ? [] : waiting.splice(index, 1)
      if (!next) return
      run(next.socket, next.messages)
    }
  }

  /**
   * @param {import('node:net').Socket} socket
   * @param {Buffer[]} messages
   */
  function run(socket, messages) {
    clearTimeout(ownerTimeout)
    owner = socket
    for (const message of messages) {
      const answer = Buffer.from(db.execProtocolRawSync(message))
      if (answer.length === 0) continue
      if (!socket.destroyed) socket.write(answer)
      if (isIdle(answer)) owner = null
    }
    if (owner) ownerTimeout = setTimeout(() => socket.destroy(), IDLE_IN_TRANSACTION_MS)
  }

  /** @param {import('node:net').Socket} socket */
  function leave(socket) {
    sockets.delete(socket)
    waiting = waiting.filter((entry) => entry.socket !== socket)
    if (owner === socket) {
      run(socket, [queryMessage('ROLLBACK')])
      owner = null
      clearTimeout(ownerTimeout)
    }
    runWaiting()
  }

  return {
    async close() {
      server.close()
      for (const socket of sockets) socket.destroy()
      // Their transactions are rolled back when they report to be closed.
      while (sockets.size > 0) await new Promise((resolve) => setImmediate(resolve))
    },
  }
}

/**
 * Whether an answer ends with "ready for query, no transaction".
 * @param {Buffer} answer
 */
function isIdle(answer) {
  return answer.at(-1) === IDLE && answer.subarray(-6, -1).equals(READY_FOR_QUERY)
}

/** @param {string} sql */
function queryMessage(sql) {
  const text = Buffer.from(`${sql}\0`)
  const head = Buffer.alloc(5)
  head[0] = QUERY
  head.writeInt32BE(4 + text.length, 1)
  return Buffer.concat([head, text])
}

function startupMessage() {
  const parameters = Buffer.from('user\0postgres\0database\0postgres\0client_encoding\0UTF8\0\0')
  const head = Buffer.alloc(8)
  head.writeInt32BE(8 + parameters.length, 0)
  head.writeInt16BE(3, 4)
  return Buffer.concat([head, parameters])
}
