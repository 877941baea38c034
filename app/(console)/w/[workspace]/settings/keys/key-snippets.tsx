'use client'

import { useState } from 'react'
import { CopyText } from '@/components/settings/copy-text'
import { SegmentedControl } from '@/components/ui/segmented-control'
import { type SnippetLanguage, snippetOf } from '@/lib/api-keys/first-event-snippet'

const LANGUAGES: { value: SnippetLanguage; label: string }[] = [
  { value: 'curl', label: 'curl' },
  { value: 'typescript', label: 'TypeScript' },
  { value: 'python', label: 'Python' },
]

/** A first event, ready to paste. */
export function KeySnippets({ secret, baseUrl }: { secret: string; baseUrl: string }) {
  const [language, setLanguage] = useState<SnippetLanguage>('curl')
  return (
    <div className="flex flex-col gap-2">
      <SegmentedControl
        label="Language"
        segments={LANGUAGES}
        value={language}
        onChange={(next) => setLanguage(LANGUAGES.find(({ value }) => value === next)?.value ?? 'curl')}
      />
      <CopyText label="Send the first event" text={snippetOf(language, { secret, baseUrl })} multiline />
    </div>
  )
}
