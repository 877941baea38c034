import { redirect } from 'next/navigation'
import { requireOrganizationAdmin } from '@/lib/auth/require-permission'

export default async function OrganizationPage() {
  await requireOrganizationAdmin('/organization/workspaces')
  redirect('/organization/workspaces')
}
