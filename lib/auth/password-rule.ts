import { z } from 'zod'

/** Characters a new password has at least. Length is what helps; kinds of characters are not asked for. */
export const MIN_PASSWORD_LENGTH = 12
const MAX_PASSWORD_LENGTH = 1_024

/** A password that somebody chooses. */
export const newPasswordSchema = z
  .string()
  .min(MIN_PASSWORD_LENGTH, { error: `Choose a password of at least ${MIN_PASSWORD_LENGTH} characters.` })
  .max(MAX_PASSWORD_LENGTH, { error: `Choose a password of at most ${MAX_PASSWORD_LENGTH} characters.` })

/** An e-mail address as accounts are known by: trimmed and lower-case. */
export const emailSchema = z
  .string()
  .trim()
  .toLowerCase()
  .max(320)
  .pipe(z.email({ error: 'Enter an e-mail address, such as ada@example.com.' }))

/** A person's name. */
export const personNameSchema = z
  .string()
  .trim()
  .min(1, { error: 'Enter your name.' })
  .max(120, { error: 'Enter a name of at most 120 characters.' })
