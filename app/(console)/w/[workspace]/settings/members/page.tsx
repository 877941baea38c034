import { settingsHref } from '@/app/(console)/settings-pages'
import { revokeInvitationAction } from '@/app/(console)/w/[workspace]/settings/actions'
import { InviteMember } from '@/app/(console)/w/[workspace]/settings/members/invite-member'
import { ManageMember } from '@/app/(console)/w/[workspace]/settings/members/manage-member'
import { AccountState, SecondFactor } from '@/components/settings/account-state'
import { ConfirmAction } from '@/components/settings/confirm-action'
import { NameAndEmail } from '@/components/settings/name-and-email'
import { type DataColumn, DataTable } from '@/components/tables/data-table'
import { Panel } from '@/components/ui/panel'
import { EmptyState } from '@/components/ui/states'
import { mayDo } from '@/lib/auth/permissions'
import { requirePermission } from '@/lib/auth/require-permission'
import { type Invitation, listInvitations } from '@/lib/members/invite-member'
import { listMembers, type Member } from '@/lib/members/list-members'
import { grantableRoles, outranks } from '@/lib/members/outranks'

export const metadata = { title: 'Members · Farthing' }

export default async function MembersPage({ params }: { params: Promise<{ workspace: string }> }) {
  const { workspace: slug } = await params
  const { role, workspace, person } = await requirePermission(slug, 'manageMembers', settingsHref(slug, 'members'))
  const [members, invitations] = await Promise.all([listMembers(person, slug), listInvitations(person, slug)])
  const isOpen = workspace.archivedAt === null
  const roles = grantableRoles(role)
  const common = { currency: workspace.currency, timeZone: workspace.timeZone }

  const memberColumns: DataColumn<Member>[] = [
    {
      key: 'name',
      header: 'Name',
      kind: 'text',
      value: (row) => row.name,
      cell: (row) => <NameAndEmail name={row.id === person.id ? `${row.name} (you)` : row.name} email={row.email} />,
    },
    { key: 'role', header: 'Role', kind: 'text', value: (row) => row.role },
    {
      key: 'lastSignInAt',
      header: 'Last sign-in',
      kind: 'date',
      value: (row) => row.lastSignInAt?.toISOString() ?? null,
      nullText: 'never',
      nullReason: 'Has not signed in yet',
    },
    {
      key: 'secondFactor',
      header: 'Second factor',
      kind: 'text',
      value: (row) => (row.hasSecondFactor ? 'on' : 'off'),
      cell: (row) => <SecondFactor isOn={row.hasSecondFactor} />,
    },
    {
      key: 'state',
      header: 'State',
      kind: 'text',
      value: (row) => (row.isDisabled ? 'disabled' : 'active'),
      cell: (row) => <AccountState isDisabled={row.isDisabled} isOrganizationAdmin={row.isOrganizationAdmin} />,
    },
    {
      key: 'actions',
      header: 'Actions',
      kind: 'text',
      align: 'right',
      value: () => '',
      cell: (row) =>
        isOpen && !outranks(row.role, role) ? (
          <ManageMember
            workspace={workspace.slug}
            member={{ id: row.id, name: row.name, role: row.role }}
            roles={roles}
            mayReset={mayDo(role, 'resetPasswords') && !row.isDisabled}
          />
        ) : null,
    },
  ]
  const invitationColumns: DataColumn<Invitation>[] = [
    { key: 'email', header: 'E-mail', kind: 'text', value: (row) => row.email },
    { key: 'role', header: 'Role', kind: 'text', value: (row) => row.role },
    {
      key: 'createdBy',
      header: 'Invited by',
      kind: 'text',
      value: (row) => row.createdBy,
      nullText: 'provisioning',
    },
    { key: 'expiresAt', header: 'Open until', kind: 'date', value: (row) => row.expiresAt.toISOString() },
    {
      key: 'actions',
      header: 'Actions',
      kind: 'text',
      align: 'right',
      value: () => '',
      cell: (row) =>
        isOpen && !outranks(row.role, role) ? (
          <ConfirmAction
            label="Revoke"
            accessibleLabel={`Revoke the invitation of ${row.email}`}
            title={`Revoke the invitation of ${row.email}?`}
            variant="danger"
            action={revokeInvitationAction}
            fields={{ workspace: workspace.slug, invitation: String(row.id) }}
          >
            Its link stops working at once. You can invite the same address again.
          </ConfirmAction>
        ) : null,
    },
  ]
  return (
    <>
      <Panel
        title="Members"
        note={`${members.length} ${members.length === 1 ? 'person' : 'people'}`}
        flush
        actions={isOpen ? <InviteMember workspace={workspace.slug} roles={roles} /> : undefined}
      >
        <DataTable
          caption="Members"
          columns={memberColumns}
          rows={members}
          rowKey={(row) => row.id}
          {...common}
          empty={
            <EmptyState title="No members yet">
              Invite somebody, or give a role in the provisioning file. Organisation admins see this workspace anyway.
            </EmptyState>
          }
        />
      </Panel>
      {invitations.length > 0 && (
        <Panel title="Open invitations" flush>
          <DataTable
            caption="Open invitations"
            columns={invitationColumns}
            rows={invitations}
            rowKey={(row) => String(row.id)}
            {...common}
          />
        </Panel>
      )}
    </>
  )
}
