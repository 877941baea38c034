import Link from 'next/link'
import { connection } from 'next/server'
import { RuleEditor } from '@/app/(console)/w/[workspace]/alerts/rules/rule-editor'
import { rulesHref } from '@/app/(console)/w/[workspace]/alerts/rules/rules-href'
import { PageHeader } from '@/components/shell/page-header'
import { Panel } from '@/components/ui/panel'
import { listPaths } from '@/lib/alerts/list-paths'
import { requirePermission } from '@/lib/auth/require-permission'
import { listMemberNames } from '@/lib/members/list-members'
import { BLANK_RULE, READY_MADE_RULES } from '@/lib/rules/ready-made'
import { toRuleFields } from '@/lib/rules/rule-form'

export const metadata = { title: 'New rule · Farthing' }

export default async function NewRulePage({
  params,
  searchParams,
}: {
  params: Promise<{ workspace: string }>
  searchParams: Promise<{ start?: string | string[] }>
}) {
  await connection()
  const { workspace: slug } = await params
  const { workspace, person } = await requirePermission(slug, 'editAlerts', rulesHref(slug, 'new'))
  const { start } = await searchParams
  const ready = READY_MADE_RULES.find(({ id }) => id === start)
  const header = (
    <PageHeader
      title={ready ? `New rule: ${ready.rule.name}` : 'New rule'}
      scope={[
        { label: 'Workspace', value: workspace.name },
        { label: 'Time zone', value: workspace.timeZone },
      ]}
    />
  )
  if (!ready && start !== 'blank') {
    return (
      <>
        {header}
        <Panel title="Start from" note="everything can be changed before it is saved">
          <ul className="grid gap-2 sm:grid-cols-2 xl:grid-cols-3">
            {[
              ...READY_MADE_RULES.map(({ id, description, rule }) => ({ id, name: rule.name, description })),
              { id: 'blank', name: 'A blank rule', description: 'Any measure, threshold, change or anomaly.' },
            ].map(({ id, name, description }) => (
              <li key={id}>
                <Link
                  href={`${rulesHref(slug, 'new')}?start=${id}`}
                  className="border-line hover:bg-hover block h-full rounded-md border p-3"
                >
                  <span className="block font-medium">{name}</span>
                  <span className="text-ink-muted">{description}</span>
                </Link>
              </li>
            ))}
          </ul>
        </Panel>
      </>
    )
  }
  const [members, paths] = await Promise.all([listMemberNames(person, slug), listPaths(person, slug)])
  return (
    <>
      {header}
      <RuleEditor
        workspace={{ slug: workspace.slug, timeZone: workspace.timeZone }}
        rule={null}
        initial={toRuleFields(ready?.rule ?? BLANK_RULE)}
        members={members.filter(({ isDisabled }) => !isDisabled).map(({ id, name }) => ({ id, name }))}
        paths={paths}
      />
    </>
  )
}
