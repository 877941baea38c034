import type { Metadata } from 'next'
import { redirect } from 'next/navigation'
import { connection } from 'next/server'
import { SignInForm } from '@/app/sign-in/sign-in-form'
import { safeCallbackPath } from '@/lib/auth/safe-callback-path'
import { currentUser } from '@/lib/auth/session'
import { readEnv } from '@/lib/env'

export const metadata: Metadata = { title: 'Sign in · Farthing', robots: { index: false } }

type SearchParams = Promise<Record<string, string | string[] | undefined>>

export default async function SignInPage({ searchParams }: { searchParams: SearchParams }) {
  await connection()
  const { callbackUrl } = await searchParams
  const callbackPath = safeCallbackPath(callbackUrl)
  if (await currentUser()) redirect(callbackPath)
  return (
    <main className="grid min-h-dvh place-items-center px-4 py-10">
      <div className="flex w-full max-w-sm flex-col gap-6">
        <header className="flex flex-col gap-1 text-center">
          <h1 className="text-xl font-semibold">Sign in to Farthing</h1>
          <p className="text-ink-muted">Every fraction of a cent of LLM spend, attributed.</p>
        </header>
        <section className="border-line bg-surface rounded-lg border p-6">
          <SignInForm callbackPath={callbackPath} />
        </section>
        {readEnv().FARTHING_DEMO === '1' && (
          <p className="text-ink-muted text-center text-xs">
            Demo login: <code className="text-ink font-mono">demo@farthing.local</code> /{' '}
            <code className="text-ink font-mono">demo-farthing</code>
          </p>
        )}
      </div>
    </main>
  )
}
