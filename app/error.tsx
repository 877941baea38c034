'use client'

import { ErrorState } from '@/components/ui/states'

/** A page that failed as a whole. The server's message stays on the server; the digest finds it in the log. */
export default function PageError({ error, reset }: { error: Error & { digest?: string }; reset: () => void }) {
  return (
    <main className="grid min-h-dvh place-items-center px-4">
      <ErrorState title="This page could not be shown" onRetry={reset}>
        Nothing was lost. Try again in a moment
        {error.digest ? `; if it stays, tell whoever runs Farthing the code ${error.digest}.` : '.'}
      </ErrorState>
    </main>
  )
}
