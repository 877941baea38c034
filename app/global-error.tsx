'use client'

import './globals.css'
import { ErrorState } from '@/components/ui/states'

/** The last resort, when even the root layout failed: brings its own document. */
export default function GlobalError({ error, reset }: { error: Error & { digest?: string }; reset: () => void }) {
  return (
    <html lang="en">
      <body>
        <title>Farthing could not be shown</title>
        <main className="grid min-h-dvh place-items-center px-4">
          <ErrorState title="Farthing could not be shown" onRetry={reset}>
            Nothing was lost. Try again in a moment
            {error.digest ? `; if it stays, tell whoever runs Farthing the code ${error.digest}.` : '.'}
          </ErrorState>
        </main>
      </body>
    </html>
  )
}
