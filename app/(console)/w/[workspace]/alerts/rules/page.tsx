import { connection } from 'next/server'
import { archiveRuleAction, switchRuleAction } from '@/app/(console)/w/[workspace]/alerts/rules/actions'
import { rulesHref } from '@/app/(console)/w/[workspace]/alerts/rules/rules-href'
import { ActionForm } from '@/components/settings/action-form'
import { ConfirmAction } from '@/components/settings/confirm-action'
import { PageHeader } from '@/components/shell/page-header'
import { type DataColumn, DataTable } from '@/components/tables/data-table'
import { Badge, type Tone } from '@/components/ui/badge'
import { ButtonLink } from '@/components/ui/button'
import { Panel } from '@/components/ui/panel'
import { EmptyState } from '@/components/ui/states'
import { mayDo } from '@/lib/auth/permissions'
import { requirePermission } from '@/lib/auth/require-permission'
import { formatDateTime } from '@/lib/format'
import { describeRule } from '@/lib/rules/describe-rule'
import { type ListedRule, listRules, type RuleStanding } from '@/lib/rules/list-rules'

export const metadata = { title: 'Alert rules · Farthing' }

const STANDING: Record<RuleStanding, { label: string; tone: Tone; title: string }> = {
  off: { label: 'off', tone: 'neutral', title: 'Switched off: nobody looks at it' },
  error: { label: 'failed', tone: 'bad', title: 'It could not be looked at' },
  firing: { label: 'firing', tone: 'bad', title: 'Its condition holds' },
  pending: { label: 'pending', tone: 'warn', title: 'Its condition holds, not yet for as long as it must' },
  noData: { label: 'no data', tone: 'warn', title: 'There were no attempts in its windows' },
  waiting: { label: 'too little data', tone: 'neutral', title: 'Too few attempts or too little history to tell' },
  normal: { label: 'normal', tone: 'good', title: 'Its condition does not hold' },
}

export default async function RulesPage({ params }: { params: Promise<{ workspace: string }> }) {
  await connection()
  const { workspace: slug } = await params
  const { role, workspace, person } = await requirePermission(slug, 'view', rulesHref(slug))
  const rules = await listRules(person, slug, new Date())
  const mayEdit = mayDo(role, 'editAlerts') && workspace.archivedAt === null
  const { timeZone } = workspace
  const columns: DataColumn<ListedRule>[] = [
    {
      key: 'name',
      header: 'Rule',
      kind: 'text',
      value: (row) => row.name,
      href: (row) => (mayEdit ? rulesHref(slug, row.id) : null),
    },
    {
      key: 'state',
      header: 'State',
      kind: 'text',
      value: (row) => STANDING[row.standing].label,
      cell: (row) => <Standing rule={row} timeZone={timeZone} />,
    },
    {
      key: 'condition',
      header: 'Fires when',
      kind: 'text',
      value: (row) => (row.definition ? describeRule(row.definition) : null),
      nullText: 'cannot be read',
      nullReason: 'Open it, check its fields and save it',
    },
    {
      key: 'lastEvaluatedAt',
      header: 'Last evaluated',
      kind: 'date',
      value: (row) => row.lastEvaluatedAt?.toISOString() ?? null,
      nullText: 'not yet',
    },
    {
      key: 'firings',
      header: 'Fired in 90 days',
      definition: 'Each time that the rule, or one of its groups, began to fire',
      kind: 'count',
      value: (row) => String(row.firings90Days),
    },
    ...(mayEdit ? [actionsColumn(workspace.slug)] : []),
  ]
  return (
    <>
      <PageHeader
        title="Alert rules"
        scope={[
          { label: 'Workspace', value: workspace.name },
          { label: 'Time zone', value: timeZone },
        ]}
      />
      <Panel
        title="Rules"
        note="looked at every minute or sooner"
        flush
        actions={
          mayEdit ? (
            <ButtonLink variant="primary" href={rulesHref(slug, 'new')}>
              New rule
            </ButtonLink>
          ) : undefined
        }
      >
        <DataTable
          caption="Alert rules"
          columns={columns}
          rows={rules}
          rowKey={(row) => String(row.id)}
          currency="USD"
          timeZone={timeZone}
          empty={
            <EmptyState
              title="No rules yet"
              action={mayEdit ? { label: 'New rule', href: rulesHref(slug, 'new') } : undefined}
            >
              A rule watches one measure and tells its owner when it leaves its bounds. Start from a ready-made one and
              test it on the past 90 days.
            </EmptyState>
          }
        />
      </Panel>
    </>
  )
}

function Standing({ rule, timeZone }: { rule: ListedRule; timeZone: string }) {
  const { label, tone, title } = STANDING[rule.standing]
  const groups = rule.firingGroups > 1 ? ` (${rule.firingGroups} groups)` : ''
  return (
    <span className="flex flex-wrap items-center gap-x-2">
      <Badge tone={tone} title={rule.lastError ?? title}>
        {label}
        {groups}
      </Badge>
      {rule.lateWindowStart && (
        <Badge tone="warn" title={`Late events moved the window of ${formatDateTime(rule.lateWindowStart, timeZone)}`}>
          late data
        </Badge>
      )}
      {rule.since && <span className="text-ink-muted text-xs">since {formatDateTime(rule.since, timeZone)}</span>}
    </span>
  )
}

function actionsColumn(workspace: string): DataColumn<ListedRule> {
  return {
    key: 'actions',
    header: '',
    kind: 'text',
    align: 'right',
    value: () => '',
    cell: (row) => {
      const isOff = row.standing === 'off'
      const fields = { workspace, rule: String(row.id) }
      return (
        <span className="flex justify-end gap-2">
          <ActionForm
            action={switchRuleAction}
            fields={{ ...fields, on: isOff ? 'yes' : 'no' }}
            submitLabel={isOff ? 'Switch on' : 'Switch off'}
            submitName={`${isOff ? 'Switch on' : 'Switch off'} ${row.name}`}
            variant="secondary"
          />
          <ConfirmAction
            label="Archive"
            accessibleLabel={`Archive ${row.name}`}
            title={`Archive ${row.name}?`}
            action={archiveRuleAction}
            fields={fields}
          >
            It stops watching and leaves this list. What it has firing ends; its past alerts stay.
          </ConfirmAction>
        </span>
      )
    },
  }
}
