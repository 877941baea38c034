'use server'

import { cookies } from 'next/headers'
import { parseTheme, THEME_COOKIE } from '@/components/shell/theme'

/** Keeps the reader's theme for a year; `system` forgets it. */
export async function saveTheme(theme: string): Promise<void> {
  const store = await cookies()
  const chosen = parseTheme(theme)
  if (chosen === 'system') store.delete(THEME_COOKIE)
  else store.set(THEME_COOKIE, chosen, { path: '/', maxAge: 365 * 86_400, sameSite: 'lax' })
}
