import { notFound } from 'next/navigation'
import { connection } from 'next/server'
import { z } from 'zod'
import { RuleEditor } from '@/app/(console)/w/[workspace]/alerts/rules/rule-editor'
import { rulesHref } from '@/app/(console)/w/[workspace]/alerts/rules/rules-href'
import { PageHeader } from '@/components/shell/page-header'
import { listPaths } from '@/lib/alerts/list-paths'
import { requirePermission } from '@/lib/auth/require-permission'
import { AppError } from '@/lib/errors'
import { listMemberNames } from '@/lib/members/list-members'
import { findRule } from '@/lib/rules/list-rules'
import { toRuleFields } from '@/lib/rules/rule-form'

export const metadata = { title: 'Alert rule · Farthing' }

const rowId = z.coerce.number().int().min(1).max(2_147_483_647)

export default async function RulePage({ params }: { params: Promise<{ workspace: string; rule: string }> }) {
  await connection()
  const { workspace: slug, rule: named } = await params
  const { workspace, person } = await requirePermission(slug, 'editAlerts', rulesHref(slug))
  const id = rowId.safeParse(named)
  if (!id.success) notFound()
  const [rule, members, paths] = await Promise.all([
    findRule(person, slug, id.data).catch((error: unknown) => {
      if (error instanceof AppError && error.code === 'not_found') notFound()
      throw error
    }),
    listMemberNames(person, slug),
    listPaths(person, slug),
  ])
  return (
    <>
      <PageHeader
        title={rule.definition.name}
        scope={[
          { label: 'Workspace', value: workspace.name },
          { label: 'Time zone', value: workspace.timeZone },
          { label: 'Watched', value: rule.isOn ? 'on' : 'off', notable: !rule.isOn },
        ]}
      />
      <RuleEditor
        workspace={{ slug: workspace.slug, timeZone: workspace.timeZone }}
        rule={rule.id}
        initial={toRuleFields(rule.definition)}
        members={members.filter(({ isDisabled }) => !isDisabled).map(({ id: member, name }) => ({ id: member, name }))}
        paths={paths}
      />
    </>
  )
}
