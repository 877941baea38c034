import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'

export type AcknowledgeClaim = {
  alertId: number
  /** The user or channel that the message went to: `u…` or `c…`. */
  recipient: string
}

const VALID_DAYS = 30
const TOKEN = /^(\d{1,15})\.([uc][0-9a-f-]{1,40})\.(\d{1,12})\.([\w-]{43})$/

/** A token that lets whoever got a message acknowledge its alert, for 30 days. Pure. */
export function signAcknowledgement(secret: string, { alertId, recipient }: AcknowledgeClaim, now: Date): string {
  const expires = Math.floor(now.getTime() / 1_000) + VALID_DAYS * 86_400
  const claim = `${alertId}.${recipient}.${expires}`
  return `${claim}.${signatureOf(secret, claim)}`
}

/** What a token says; null when it was not signed with this secret, was changed or is too old. Pure. */
export function verifyAcknowledgement(secret: string, token: string, now: Date): AcknowledgeClaim | null {
  const [, alertId, recipient, expires, signature] = TOKEN.exec(token) ?? []
  if (!alertId || !recipient || !expires || !signature) return null
  const expected = Buffer.from(signatureOf(secret, `${alertId}.${recipient}.${expires}`))
  const given = Buffer.from(signature)
  if (expected.length !== given.length || !timingSafeEqual(expected, given)) return null
  if (Number(expires) * 1_000 <= now.getTime()) return null
  return { alertId: Number(alertId), recipient }
}

function signatureOf(secret: string, claim: string): string {
  const key = Buffer.from(hkdfSync('sha256', secret, '', 'farthing acknowledge links v1', 32))
  return createHmac('sha256', key).update(claim).digest('base64url')
}
