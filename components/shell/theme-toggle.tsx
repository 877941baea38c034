'use client'

import { Monitor, Moon, Sun } from 'lucide-react'
import { useState } from 'react'
import { parseTheme, THEMES, type Theme, themeAttribute } from '@/components/shell/theme'
import { IconButton } from '@/components/ui/button'
import {
  DropdownMenu,
  DropdownMenuContent,
  DropdownMenuRadioGroup,
  DropdownMenuRadioItem,
  DropdownMenuTrigger,
} from '@/components/ui/dropdown-menu'

const LABELS: Record<Theme, string> = { system: 'System', light: 'Light', dark: 'Dark' }
const ICONS: Record<Theme, typeof Sun> = { system: Monitor, light: Sun, dark: Moon }

export type SaveTheme = (theme: Theme) => Promise<void>

/** Shows a theme at once; keeping it is the caller's. */
function showTheme(theme: Theme): void {
  const attribute = themeAttribute(theme)
  if (attribute) document.documentElement.dataset.theme = attribute
  else delete document.documentElement.dataset.theme
}

export function ThemeToggle({ theme: initial, saveTheme }: { theme: Theme; saveTheme: SaveTheme }) {
  const [theme, setTheme] = useState(initial)
  const Icon = ICONS[theme]
  return (
    <DropdownMenu>
      <DropdownMenuTrigger asChild>
        <IconButton label={`Theme: ${LABELS[theme]}`}>
          <Icon aria-hidden className="size-4" />
        </IconButton>
      </DropdownMenuTrigger>
      <DropdownMenuContent>
        <DropdownMenuRadioGroup
          value={theme}
          onValueChange={(chosen) => {
            const next = parseTheme(chosen)
            setTheme(next)
            showTheme(next)
            void saveTheme(next)
          }}
        >
          {THEMES.map((each) => {
            const EachIcon = ICONS[each]
            return (
              <DropdownMenuRadioItem key={each} value={each}>
                <EachIcon aria-hidden className="text-ink-muted size-4" />
                {LABELS[each]}
              </DropdownMenuRadioItem>
            )
          })}
        </DropdownMenuRadioGroup>
      </DropdownMenuContent>
    </DropdownMenu>
  )
}
