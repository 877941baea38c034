import { redirect } from 'next/navigation'
import { Button } from '@/components/ui/button'
import { EmptyState } from '@/components/ui/states'
import { signOutAction } from '@/lib/auth/actions'
import { listWorkspaces, requireSession } from '@/lib/auth/session'

/** Leads to the portfolio, to the only workspace that the person may see, or says that there is none yet. */
export default async function HomePage() {
  const { user } = await requireSession()
  const [first, second] = await listWorkspaces(user.id)
  if (second) redirect('/portfolio')
  if (first) redirect(`/w/${first.workspace.slug}/overview`)
  if (user.isOrganizationAdmin) redirect('/organization/workspaces')
  return (
    <main className="grid min-h-dvh place-items-center px-4">
      <div className="border-line bg-surface flex w-full max-w-md flex-col items-center rounded-lg border pb-6">
        <EmptyState title="No workspace yet">
          You are signed in as {user.email}, but no workspace has you as a member. Ask its owner for an invitation.
        </EmptyState>
        <form action={signOutAction}>
          <Button type="submit">Sign out</Button>
        </form>
      </div>
    </main>
  )
}
