import { settingsHref } from '@/app/(console)/settings-pages'
import { DataSettings } from '@/app/(console)/w/[workspace]/settings/data/data-settings'
import { requirePermission } from '@/lib/auth/require-permission'
import { listRequestedErasures } from '@/lib/ledger/request-erasure'

export const metadata = { title: 'Data · Farthing' }

export default async function DataSettingsPage({ params }: { params: Promise<{ workspace: string }> }) {
  const { workspace: slug } = await params
  const { role, workspace } = await requirePermission(slug, 'eraseData', settingsHref(slug, 'data'))
  const listed = await listRequestedErasures({ role, workspace })
  return (
    <DataSettings
      workspace={workspace}
      erasures={listed.map(({ requestedAt, completedAt, ...erasure }) => ({
        ...erasure,
        requestedIso: requestedAt.toISOString(),
        completedIso: completedAt?.toISOString() ?? null,
      }))}
    />
  )
}
