import { notFound, redirect } from 'next/navigation'
import { settingsHref, settingsPagesFor } from '@/app/(console)/settings-pages'
import { requireWorkspace } from '@/lib/auth/session'

/** Leads to the first settings page that the reader may open. */
export default async function SettingsPage({ params }: { params: Promise<{ workspace: string }> }) {
  const { role, workspace } = await requireWorkspace((await params).workspace)
  const [first] = settingsPagesFor(role)
  if (!first) notFound()
  redirect(settingsHref(workspace.slug, first.name))
}
