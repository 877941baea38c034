import type { Metadata, Viewport } from 'next'
import localFont from 'next/font/local'
import { cookies } from 'next/headers'
import type { ReactNode } from 'react'
import '@/app/globals.css'
import { parseTheme, THEME_COOKIE, themeAttribute } from '@/components/shell/theme'

const inter = localFont({
  src: '../node_modules/@fontsource-variable/inter/files/inter-latin-wght-normal.woff2',
  weight: '100 900',
  display: 'swap',
  variable: '--font-inter',
})

export const metadata: Metadata = {
  title: 'Farthing',
  description: 'Every fraction of a cent of LLM spend, attributed.',
}

export const viewport: Viewport = {
  themeColor: [
    { media: '(prefers-color-scheme: light)', color: '#f6f7f8' },
    { media: '(prefers-color-scheme: dark)', color: '#101215' },
  ],
}

/** The document: the theme is read from its cookie on the server, so that no page flashes in the other one. */
export default async function RootLayout({ children }: { children: ReactNode }) {
  const theme = parseTheme((await cookies()).get(THEME_COOKIE)?.value)
  return (
    <html lang="en" data-theme={themeAttribute(theme)} className={inter.variable} suppressHydrationWarning>
      <body>{children}</body>
    </html>
  )
}
