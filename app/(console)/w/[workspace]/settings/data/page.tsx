import { connection } from 'next/server'
import { DataSettings } from '@/app/(console)/w/[workspace]/settings/data/data-settings'
import { EmptyState } from '@/components/ui/states'
import { mayDo } from '@/lib/auth/permissions'
import { requireWorkspace } from '@/lib/auth/session'
import { listRequestedErasures, readRetentionDays } from '@/lib/ledger/request-erasure'

export const metadata = { title: 'Data · Farthing' }

export default async function DataSettingsPage({ params }: { params: Promise<{ workspace: string }> }) {
  await connection()
  const { workspace: slug } = await params
  const { role, workspace } = await requireWorkspace(slug, `/w/${encodeURIComponent(slug)}/settings/data`)
  if (!mayDo(role, 'eraseData')) {
    return (
      <EmptyState title="Only admins and owners see this">
        Ask an admin or the owner of the workspace to erase data or to change how long it is kept.
      </EmptyState>
    )
  }
  const [listed, retentionDays] = await Promise.all([
    listRequestedErasures({ role, workspace }),
    readRetentionDays(workspace),
  ])
  return (
    <DataSettings
      workspace={{ slug: workspace.slug, timeZone: workspace.timeZone, retentionDays }}
      erasures={listed.map(({ requestedAt, completedAt, ...erasure }) => ({
        ...erasure,
        requestedIso: requestedAt.toISOString(),
        completedIso: completedAt?.toISOString() ?? null,
      }))}
    />
  )
}
