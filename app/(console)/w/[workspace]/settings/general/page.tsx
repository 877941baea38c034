import { settingsHref } from '@/app/(console)/settings-pages'
import { archiveAction, restoreAction } from '@/app/(console)/w/[workspace]/settings/actions'
import { GeneralForm } from '@/app/(console)/w/[workspace]/settings/general/general-form'
import { ConfirmAction } from '@/components/settings/confirm-action'
import { Panel } from '@/components/ui/panel'
import { mayDo } from '@/lib/auth/permissions'
import { requirePermission } from '@/lib/auth/require-permission'
import { VIEW_CURRENCIES } from '@/lib/workspaces/workspace-settings'

export const metadata = { title: 'Settings · Farthing' }

export default async function GeneralSettingsPage({ params }: { params: Promise<{ workspace: string }> }) {
  const { workspace: slug } = await params
  const { role, workspace } = await requirePermission(slug, 'manageSettings', settingsHref(slug, 'general'))
  const isArchived = workspace.archivedAt !== null
  return (
    <div className="flex max-w-3xl flex-col gap-4">
      <Panel title="General">
        <GeneralForm
          workspace={{
            slug: workspace.slug,
            name: workspace.name,
            timeZone: workspace.timeZone,
            currency: workspace.currency,
            fiscalYearStartMonth: workspace.fiscalYearStartMonth,
            defaultEnvironments: [...workspace.defaultEnvironments],
            defaultDataModes: [...workspace.defaultDataModes],
            costPreference: workspace.costPreference,
            retentionDays: workspace.retentionDays,
          }}
          currencies={[...new Set([...VIEW_CURRENCIES, workspace.currency])]}
          timeZones={['UTC', ...Intl.supportedValuesOf('timeZone')]}
        />
      </Panel>
      {mayDo(role, 'archiveWorkspace') && (
        <Panel title={isArchived ? 'Restore' : 'Archive'}>
          <div className="flex flex-wrap items-center justify-between gap-3">
            <p className="text-ink-muted max-w-prose">
              {isArchived
                ? 'The workspace is read-only and its keys take no events. Restoring undoes both.'
                : 'An archived workspace keeps its numbers but is read-only, is left out of lists, and its keys take no events.'}
            </p>
            {isArchived ? (
              <ConfirmAction
                label="Restore workspace"
                title={`Restore ${workspace.name}?`}
                variant="secondary"
                action={restoreAction}
                fields={{ workspace: workspace.slug }}
              >
                Its keys take events again within a minute.
              </ConfirmAction>
            ) : (
              <ConfirmAction
                label="Archive workspace"
                title={`Archive ${workspace.name}?`}
                action={archiveAction}
                fields={{ workspace: workspace.slug }}
              >
                Its keys stop taking events within a minute: callers get a 403. Nothing is deleted, and an owner can
                restore it at any time.
              </ConfirmAction>
            )}
          </div>
        </Panel>
      )}
    </div>
  )
}
