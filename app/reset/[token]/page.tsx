import type { Metadata } from 'next'
import { connection } from 'next/server'
import { ResetForm } from '@/app/reset/[token]/reset-form'
import { EntryPage } from '@/components/shell/entry-page'
import { ButtonLink } from '@/components/ui/button'
import { openOneTimeLink } from '@/lib/auth/one-time-links'

export const metadata: Metadata = { title: 'New password · Farthing', robots: { index: false } }

/** Looking uses nothing up; only setting the password does. */
export default async function ResetPage({ params }: { params: Promise<{ token: string }> }) {
  await connection()
  const { token } = await params
  const link = await openOneTimeLink(token, 'password_reset')
  if (!link) {
    return (
      <EntryPage title="This link does not work any more">
        <p>It has been used, has expired or was replaced by a newer one. Ask an owner of your workspace for another.</p>
        <ButtonLink href="/sign-in">Go to the sign-in</ButtonLink>
      </EntryPage>
    )
  }
  return (
    <EntryPage title="Choose a new password" lead={`For ${link.email}. It signs you out everywhere.`}>
      <ResetForm token={token} email={link.email} />
    </EntryPage>
  )
}
