'use client'

import { useQuery } from '@tanstack/react-query'
import { CircleCheck, CircleDashed } from 'lucide-react'
import Link from 'next/link'
import { keyActivitySchema } from '@/lib/api-keys/key-activity'
import { formatCount, formatMoney } from '@/lib/format'

const POLL_MS = 2_000

async function askActivity(workspace: string, keyId: number, signal: AbortSignal) {
  const path = `/api/w/${encodeURIComponent(workspace)}/keys/${keyId}/activity`
  const response = await fetch(path, { signal })
  if (!response.ok) throw new Error(`The server answered ${response.status}.`)
  return keyActivitySchema.parse(await response.json())
}

/** Waits for the first event of a key and says what came; asks every two seconds until then. */
export function FirstEvent({ workspace, keyId }: { workspace: string; keyId: number }) {
  const { data, error } = useQuery({
    queryKey: ['key-activity', workspace, keyId],
    queryFn: ({ signal }) => askActivity(workspace, keyId, signal),
    refetchInterval: (query) => (query.state.data?.state === 'received' ? false : POLL_MS),
    retry: false,
  })
  if (data?.state === 'received') {
    const { attempts, spendUsd, kind } = data
    return (
      <div role="status" className="bg-good-soft text-good flex gap-2 rounded-md px-3 py-2">
        <CircleCheck aria-hidden className="mt-0.5 size-4 shrink-0" />
        <div>
          <p className="font-medium">
            {attempts === '1' ? 'The first event is here.' : `${formatCount(attempts)} events are here.`}
          </p>
          <p>
            {kind.provider} {kind.model}, {kind.environment} and {kind.dataMode}:{' '}
            {spendUsd === null ? 'no price is known for it' : formatMoney(spendUsd, 'USD')}.{' '}
            {data.inDefaultScope ? (
              <Link href={`/w/${encodeURIComponent(workspace)}/overview?range=today`} className="underline">
                See it on the Overview
              </Link>
            ) : (
              'It is outside of what this workspace shows by default.'
            )}
          </p>
        </div>
      </div>
    )
  }
  return (
    <div role="status" className="bg-sunken text-ink-muted flex gap-2 rounded-md px-3 py-2">
      <CircleDashed aria-hidden className="wait mt-0.5 size-4 shrink-0" />
      <p>
        {error
          ? `The check failed: ${error.message} It tries again by itself.`
          : data?.state === 'called'
            ? 'The key was used, but no event was stored: see the answer to your call for the reason.'
            : 'Waiting for your first event …'}
      </p>
    </div>
  )
}
