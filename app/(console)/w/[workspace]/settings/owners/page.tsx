import { settingsHref } from '@/app/(console)/settings-pages'
import { OwnersForm } from '@/app/(console)/w/[workspace]/settings/owners/owners-form'
import { Panel } from '@/components/ui/panel'
import { PartialNotice } from '@/components/ui/states'
import { mayDo } from '@/lib/auth/permissions'
import { requirePermission } from '@/lib/auth/require-permission'
import { listMemberNames, type MemberName } from '@/lib/members/list-members'

export const metadata = { title: 'Owners · Farthing' }

export default async function OwnersPage({ params }: { params: Promise<{ workspace: string }> }) {
  const { workspace: slug } = await params
  const { role, workspace, person } = await requirePermission(slug, 'view', settingsHref(slug, 'owners'))
  const members = await listMemberNames(person, slug)
  const budgetOwner = members.find(({ id }) => id === workspace.budgetOwnerId)
  const backupOwner = members.find(({ id }) => id === workspace.backupOwnerId)
  return (
    <div className="flex max-w-3xl flex-col gap-4">
      <Notice budgetOwner={budgetOwner} backupOwner={backupOwner} />
      <Panel title="Owners" note="who answers for what this workspace spends">
        {mayDo(role, 'appointOwners') ? (
          <OwnersForm
            // Appointed meanwhile by somebody else: the form starts anew.
            key={`${workspace.budgetOwnerId} ${workspace.backupOwnerId}`}
            workspace={workspace.slug}
            members={members
              .filter(({ isDisabled }) => !isDisabled)
              .map(({ id, name, email }) => ({ id, name, email }))}
            budgetOwner={budgetOwner?.id ?? ''}
            backupOwner={backupOwner?.id ?? ''}
          />
        ) : (
          <dl className="grid gap-4 sm:grid-cols-2">
            <OwnerFact label="Budget owner" owner={budgetOwner} />
            <OwnerFact label="Backup owner" owner={backupOwner} />
          </dl>
        )}
      </Panel>
    </div>
  )
}

function OwnerFact({ label, owner }: { label: string; owner: MemberName | undefined }) {
  return (
    <div>
      <dt className="text-ink-muted text-xs">{label}</dt>
      <dd className="font-medium">{owner ? owner.name : 'Nobody yet'}</dd>
      {owner && <dd className="text-ink-muted wrap-anywhere">{owner.email}</dd>}
    </div>
  )
}

function Notice({
  budgetOwner,
  backupOwner,
}: {
  budgetOwner: MemberName | undefined
  backupOwner: MemberName | undefined
}) {
  const disabled = [budgetOwner, backupOwner].find((owner) => owner?.isDisabled)
  const text = disabled
    ? `The account of ${disabled.name} is disabled: an owner should appoint somebody else.`
    : !budgetOwner
      ? 'Nobody answers for the budgets of this workspace: its spend counts as without an owner.'
      : !backupOwner
        ? `Nobody stands in for ${budgetOwner.name}: appoint a backup.`
        : null
  return text && <PartialNotice tone="warn">{text}</PartialNotice>
}
