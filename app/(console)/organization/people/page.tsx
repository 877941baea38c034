import { ManageAccount } from '@/app/(console)/organization/people/manage-account'
import { AccountState, SecondFactor } from '@/components/settings/account-state'
import { NameAndEmail } from '@/components/settings/name-and-email'
import { PageHeader } from '@/components/shell/page-header'
import { type DataColumn, DataTable } from '@/components/tables/data-table'
import { Panel } from '@/components/ui/panel'
import { requireOrganizationAdmin } from '@/lib/auth/require-permission'
import { type Account, listAccounts } from '@/lib/members/manage-account'

export const metadata = { title: 'People · Farthing' }

export default async function PeoplePage() {
  const person = await requireOrganizationAdmin('/organization/people')
  const accounts = await listAccounts(person)
  const columns: DataColumn<Account>[] = [
    {
      key: 'name',
      header: 'Name',
      kind: 'text',
      value: (row) => row.name,
      cell: (row) => <NameAndEmail name={row.id === person.id ? `${row.name} (you)` : row.name} email={row.email} />,
    },
    {
      key: 'state',
      header: 'State',
      kind: 'text',
      value: (row) => (row.disabledAt ? 'disabled' : 'active'),
      cell: (row) => (
        <AccountState isDisabled={row.disabledAt !== null} isOrganizationAdmin={row.isOrganizationAdmin} />
      ),
    },
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
      value: (row) => (row.totpEnabledAt ? 'on' : 'off'),
      cell: (row) => <SecondFactor isOn={row.totpEnabledAt !== null} />,
    },
    {
      key: 'roles',
      header: 'Roles',
      kind: 'text',
      value: (row) => row.roles.map(({ workspace, role }) => `${workspace}: ${role}`).join(', ') || null,
      nullText: 'none',
    },
    {
      key: 'actions',
      header: 'Actions',
      kind: 'text',
      align: 'right',
      value: () => '',
      cell: (row) => (
        <ManageAccount
          account={{
            id: row.id,
            name: row.name,
            isDisabled: row.disabledAt !== null,
            isOrganizationAdmin: row.isOrganizationAdmin,
            isSelf: row.id === person.id,
          }}
        />
      ),
    },
  ]
  return (
    <>
      <PageHeader title="People" scope={[{ label: 'Scope', value: 'everybody with an account in the organisation' }]} />
      <Panel flush>
        <DataTable
          caption="People"
          columns={columns}
          rows={accounts}
          rowKey={(row) => row.id}
          currency="USD"
          timeZone="UTC"
        />
      </Panel>
    </>
  )
}
