/** Cookie that keeps an explicit theme; without it the system decides. */
export const THEME_COOKIE = 'farthing-theme'

export const THEMES = ['system', 'light', 'dark'] as const
export type Theme = (typeof THEMES)[number]

/** Reads the cookie's value; whatever is not a theme is `system`. */
export function parseTheme(value: string | undefined): Theme {
  return THEMES.find((theme) => theme === value) ?? 'system'
}

/** Value of `data-theme` on <html>; undefined leaves it to the system. */
export function themeAttribute(theme: Theme): 'light' | 'dark' | undefined {
  return theme === 'system' ? undefined : theme
}
