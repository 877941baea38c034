import type { Metadata } from 'next'
import { connection } from 'next/server'
import { AcceptForm, JoinForm } from '@/app/invitation/[token]/invitation-forms'
import { EntryPage } from '@/components/shell/entry-page'
import { Button, ButtonLink } from '@/components/ui/button'
import { findUserByEmail } from '@/db/postgres/queries/users'
import { signOutAction } from '@/lib/auth/actions'
import { oidcName } from '@/lib/auth/oidc'
import { openOneTimeLink } from '@/lib/auth/one-time-links'
import { currentUser } from '@/lib/auth/session'
import { readEnv } from '@/lib/env'

export const metadata: Metadata = { title: 'Invitation · Farthing', robots: { index: false } }

/** Takes up an invitation: as somebody new, or as the account that the address has. */
export default async function InvitationPage({ params }: { params: Promise<{ token: string }> }) {
  await connection()
  const { token } = await params
  const [link, user] = await Promise.all([openOneTimeLink(token, 'invitation'), currentUser()])
  if (!link) {
    return (
      <EntryPage title="This invitation does not work any more">
        <p>It has been used, has expired or was replaced by a newer one. Ask whoever invited you for another.</p>
        <ButtonLink href="/">Go to Farthing</ButtonLink>
      </EntryPage>
    )
  }
  const title = `Join ${link.workspaceName ?? 'Farthing'}`
  const lead = link.role === null ? link.email : `${link.email}, as ${link.role}`
  if (user?.email === link.email) {
    return (
      <EntryPage title={title} lead={lead}>
        <AcceptForm token={token} />
      </EntryPage>
    )
  }
  if (user) {
    return (
      <EntryPage title={title} lead={lead}>
        <p>You are signed in as {user.email}, but the invitation is for somebody else. Sign out and open it again.</p>
        <form action={signOutAction} className="flex flex-col">
          <Button type="submit">Sign out</Button>
        </form>
      </EntryPage>
    )
  }
  const signIn = `/sign-in?callbackUrl=${encodeURIComponent(`/invitation/${token}`)}`
  if (await findUserByEmail(link.email)) {
    return (
      <EntryPage title={title} lead={lead}>
        <p>You have an account already. Sign in to accept.</p>
        <ButtonLink href={signIn} variant="primary">
          Sign in
        </ButtonLink>
      </EntryPage>
    )
  }
  const provider = oidcName(readEnv())
  return (
    <EntryPage
      title={title}
      lead={lead}
      below={
        provider !== null && (
          <p className="text-ink-muted text-center">
            No password is needed with{' '}
            <a href="/sign-in" className="text-accent underline underline-offset-2">
              {provider}
            </a>
            .
          </p>
        )
      }
    >
      <JoinForm token={token} email={link.email} />
    </EntryPage>
  )
}
