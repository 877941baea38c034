import type { Metadata } from 'next'
import { redirect } from 'next/navigation'
import { connection } from 'next/server'
import { singleSignOnAction } from '@/app/sign-in/actions'
import { SignInForm } from '@/app/sign-in/sign-in-form'
import { EntryPage } from '@/components/shell/entry-page'
import { Button } from '@/components/ui/button'
import { FormDone, FormError } from '@/components/ui/form-message'
import { oidcName } from '@/lib/auth/oidc'
import { safeCallbackPath } from '@/lib/auth/safe-callback-path'
import { currentUser } from '@/lib/auth/session'
import { isSetUp } from '@/lib/auth/set-up'
import { readEnv } from '@/lib/env'

export const metadata: Metadata = { title: 'Sign in · Farthing', robots: { index: false } }

type SearchParams = Promise<Record<string, string | string[] | undefined>>

const REFUSALS = new Map([
  ['no_email', 'The provider did not name your e-mail address. Ask whoever runs it to share it with Farthing.'],
  ['unverified', 'The provider did not say that your e-mail address is verified, so it cannot tell who you are here.'],
  ['unknown', 'You have no account here. Ask the owner of a workspace to invite you.'],
  ['disabled', 'Your account is disabled. Ask the owner of a workspace.'],
])

export default async function SignInPage({ searchParams }: { searchParams: SearchParams }) {
  await connection()
  const { callbackUrl, refused, error, reset } = await searchParams
  const callbackPath = safeCallbackPath(callbackUrl)
  if (await currentUser()) redirect(callbackPath)
  if (!(await isSetUp())) redirect('/set-up')
  const env = readEnv()
  const provider = oidcName(env)
  const problem =
    typeof refused === 'string'
      ? REFUSALS.get(refused)
      : error !== undefined && 'Signing in did not work. Try again; if it stays, ask whoever runs Farthing.'
  return (
    <EntryPage
      title="Sign in to Farthing"
      lead="Every fraction of a cent of LLM spend, attributed."
      below={
        env.FARTHING_DEMO === '1' && (
          <p className="text-ink-muted text-center text-xs">
            Demo login: <code className="text-ink font-mono">demo@farthing.local</code> /{' '}
            <code className="text-ink font-mono">demo-farthing</code>
          </p>
        )
      }
    >
      {problem && <FormError>{problem}</FormError>}
      {reset !== undefined && !problem && <FormDone>Your password is set. Sign in with it.</FormDone>}
      {provider !== null && (
        <>
          <form action={singleSignOnAction} className="flex flex-col">
            <input type="hidden" name="callbackUrl" value={callbackPath} />
            <Button type="submit">Continue with {provider}</Button>
          </form>
          <p className="text-ink-muted border-line border-t pt-3 text-center text-xs">or with your password</p>
        </>
      )}
      <SignInForm callbackPath={callbackPath} />
    </EntryPage>
  )
}
