import type { Metadata } from 'next'
import { redirect } from 'next/navigation'
import { connection } from 'next/server'
import { SetUpForm } from '@/app/set-up/set-up-form'
import { EntryPage } from '@/components/shell/entry-page'
import { isSetUp, isSetUpToken } from '@/lib/auth/set-up'

export const metadata: Metadata = { title: 'Set up · Farthing', robots: { index: false } }

type SearchParams = Promise<Record<string, string | string[] | undefined>>

/** The first run: only as long as there is no account, and only with the token that the server has printed. */
export default async function SetUpPage({ searchParams }: { searchParams: SearchParams }) {
  await connection()
  if (await isSetUp()) redirect('/sign-in')
  const { token } = await searchParams
  return (
    <EntryPage title="Set up Farthing" lead="The first account owns the first workspace and may do everything.">
      {typeof token === 'string' && isSetUpToken(token) ? (
        <SetUpForm token={token} />
      ) : (
        <p>
          Nobody has an account yet. The server has printed an address that ends with a set-up token when it started:
          open that one, so that only who runs Farthing can create the first account.
        </p>
      )}
    </EntryPage>
  )
}
