/** Days after which a session ends however it is used. */
export const SESSION_DAYS = 14

/**
 * Names of the cookies of a sign-in. They are the product's own, so that another next-auth app on the same host does not
 * get in the way, and follow the public address, never a request header.
 */
export function authCookies(publicUrl: string | undefined): {
  secure: boolean
  session: string
  callbackUrl: string
  csrf: string
} {
  const secure = publicUrl !== undefined && new URL(publicUrl).protocol === 'https:'
  const prefix = secure ? '__Secure-' : ''
  return {
    secure,
    session: `${prefix}farthing.session`,
    callbackUrl: `${prefix}farthing.callback-url`,
    csrf: `${secure ? '__Host-' : ''}farthing.csrf`,
  }
}
