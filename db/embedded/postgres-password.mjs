import { timingSafeEqual } from 'node:crypto'

const TIMEOUT_MS = 10_000
const MAX_STARTUP_BYTES = 10_000
const SSL_REQUEST = 80877103
const GSSENC_REQUEST = 80877104
const PROTOCOL_3 = 3
const PASSWORD_MESSAGE = 'p'.charCodeAt(0)
const AUTHENTICATION_CLEARTEXT_PASSWORD = Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 3])

/**
 * Asks a client for its password (PostgreSQL protocol 3, cleartext: for loopback only) and calls `accept` once it has
 * sent the right one; whoever does not is disconnected.
 * @param {import('node:net').Socket} socket
 * @param {string} password
 * @param {(rest: Buffer) => void} accept gets what the client sent after its password
 */
export function demandPassword(socket, password, accept) {
  let received = Buffer.alloc(0)
  let isAsked = false
  const refuse = () => socket.destroy()
  const timeout = setTimeout(refuse, TIMEOUT_MS)
  socket.once('close', () => clearTimeout(timeout))
  socket.on('data', read)

  /** @param {Buffer} chunk */
  function read(chunk) {
    received = Buffer.concat([received, chunk])
    while (!isAsked) {
      if (received.length < 8) return
      const length = received.readInt32BE(0)
      const code = received.readInt32BE(4)
      if (length < 8 || length > MAX_STARTUP_BYTES) return refuse()
      if (received.length < length) return
      if (code === SSL_REQUEST || code === GSSENC_REQUEST) {
        socket.write('N')
      } else if (code >> 16 === PROTOCOL_3) {
        isAsked = true
        socket.write(AUTHENTICATION_CLEARTEXT_PASSWORD)
      } else {
        return refuse()
      }
      received = received.subarray(length)
    }
    if (received.length < 5) return
    const length = 1 + received.readInt32BE(1)
    if (received[0] !== PASSWORD_MESSAGE || length < 6 || length > MAX_STARTUP_BYTES) return refuse()
    if (received.length < length) return
    clearTimeout(timeout)
    socket.removeListener('data', read)
    if (isEqual(received.subarray(5, length - 1), Buffer.from(password))) accept(received.subarray(length))
    else socket.end(failure())
  }
}

/**
 * @param {Buffer} given
 * @param {Buffer} expected
 */
function isEqual(given, expected) {
  return given.length === expected.length && timingSafeEqual(given, expected)
}

function failure() {
  const fields = Buffer.from('SFATAL\0C28P01\0Mpassword authentication failed\0\0')
  const head = Buffer.alloc(5)
  head.write('E')
  head.writeInt32BE(4 + fields.length, 1)
  return Buffer.concat([head, fields])
}
