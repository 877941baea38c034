'use client'

import { Check, Copy } from 'lucide-react'
import { useState } from 'react'
import { Button } from '@/components/ui/button'

/** A region that scrolls must be reachable by keyboard (WCAG 2.1.1). */
const SCROLL_REGION = { tabIndex: 0 }

/** A text to take along (a link, a secret, a command), with a button that copies it. */
export function CopyText({ label, text, multiline = false }: { label: string; text: string; multiline?: boolean }) {
  const [copied, setCopied] = useState(false)
  const copy = async () => {
    // Without permission the text stays selectable.
    setCopied(
      await navigator.clipboard.writeText(text).then(
        () => true,
        () => false,
      ),
    )
  }
  return (
    <div className="flex flex-col gap-1">
      <div className="flex items-center justify-between gap-2">
        <span className="font-medium">{label}</span>
        <Button variant="quiet" onClick={copy} aria-label={`Copy: ${label}`}>
          {copied ? <Check aria-hidden className="text-good size-3.5" /> : <Copy aria-hidden className="size-3.5" />}
          <span role="status">{copied ? 'Copied' : 'Copy'}</span>
        </Button>
      </div>
      <section
        aria-label={label}
        {...SCROLL_REGION}
        className="scroll-slim border-line bg-sunken overflow-auto rounded-md border px-2.5 py-2 font-mono text-xs"
      >
        <pre className={multiline ? undefined : 'break-all whitespace-pre-wrap'}>{text}</pre>
      </section>
    </div>
  )
}
