'use client'

import { useState } from 'react'
import { CopyText } from '@/components/settings/copy-text'
import { SegmentedControl } from '@/components/ui/segmented-control'
import { type GuardSnippetLanguage, guardSnippetOf } from '@/lib/guard/guard-snippet'

const LANGUAGES: { value: GuardSnippetLanguage; label: string }[] = [
  { value: 'typescript', label: 'TypeScript' },
  { value: 'python', label: 'Python' },
]

/** A client of the guard, ready to paste. */
export function GuardSnippets({ baseUrl }: { baseUrl: string }) {
  const [language, setLanguage] = useState<GuardSnippetLanguage>('typescript')
  return (
    <div className="flex flex-col gap-2">
      <SegmentedControl
        label="Language"
        segments={LANGUAGES}
        value={language}
        onChange={(next) => setLanguage(LANGUAGES.find(({ value }) => value === next)?.value ?? 'typescript')}
      />
      <CopyText label="Ask the guard" text={guardSnippetOf(language, baseUrl)} multiline />
    </div>
  )
}
