'use client'

import { useRouter } from 'next/navigation'
import { type FormEvent, startTransition, useActionState, useEffect, useState } from 'react'
import { saveRuleAction } from '@/app/(console)/w/[workspace]/alerts/rules/actions'
import { RuleFilters } from '@/app/(console)/w/[workspace]/alerts/rules/rule-filters'
import { RuleTest } from '@/app/(console)/w/[workspace]/alerts/rules/rule-test'
import { rulesHref } from '@/app/(console)/w/[workspace]/alerts/rules/rules-href'
import { FormMessage } from '@/components/settings/action-form'
import { UNTOUCHED } from '@/components/settings/form-state'
import { SelectField } from '@/components/settings/select-field'
import { Button, ButtonLink } from '@/components/ui/button'
import { Field, Input } from '@/components/ui/input'
import { Panel } from '@/components/ui/panel'
import { dimensionLabel, FIXED_DIMENSION_NAMES, MEASURE_NAMES, measureOf } from '@/lib/metrics/registry'
import type { RuleFields } from '@/lib/rules/rule-form'

const MEASURES = MEASURE_NAMES.map((name) => ({ value: name, label: measureOf(name).label })).toSorted((a, b) =>
  a.label < b.label ? -1 : 1,
)
const GROUPS = [
  { value: '', label: 'Nothing: one alert for the whole' },
  ...FIXED_DIMENSION_NAMES.filter((name) => name !== 'workspace').map((name) => ({
    value: name,
    label: `${dimensionLabel(name)}: an alert for each of the 20 largest`,
  })),
]
const KINDS = [
  { value: 'static', label: 'A fixed threshold' },
  { value: 'change', label: 'A change' },
  { value: 'anomaly', label: 'An anomaly: unusual for that hour and weekday' },
]
const WINDOWS = [
  { value: 'hour', label: 'An hour' },
  { value: 'day', label: 'A day' },
  { value: 'week', label: 'A week' },
]
const COMPARISONS = [
  { value: 'previous', label: 'The window before' },
  { value: 'sameLastWeek', label: 'The same weekday last week' },
  { value: 'beforeVersion', label: 'The week before a new prompt version' },
]
const SEVERITIES = [
  { value: 'info', label: 'Info' },
  { value: 'warning', label: 'Warning' },
  { value: 'critical', label: 'Critical' },
]
const NO_DATA = [
  { value: 'recover', label: 'End what is firing' },
  { value: 'hold', label: 'Leave it as it is' },
  { value: 'alert', label: 'Fire: attempts are expected' },
]

/** The form of a rule with its test on the past 90 days beside it. `rule` is null for a new one. */
export function RuleEditor({
  workspace,
  rule,
  initial,
  members,
  paths,
}: {
  workspace: { slug: string; timeZone: string }
  rule: number | null
  initial: RuleFields
  members: readonly { id: string; name: string }[]
  paths: readonly { id: number; name: string; isDefault: boolean }[]
}) {
  const router = useRouter()
  const [fields, setFields] = useState(initial)
  const [state, submit, pending] = useActionState(saveRuleAction, UNTOUCHED)
  const isCreated = rule === null && state.status === 'done'
  useEffect(() => {
    if (isCreated) router.push(rulesHref(workspace.slug))
  }, [isCreated, router, workspace.slug])
  const set = (change: Partial<RuleFields>) => setFields((before) => adjusted({ ...before, ...change }))
  const bind = (name: keyof RuleFields) => ({
    name,
    value: fields[name],
    onChange: (event: { target: { value: string } }) => set({ [name]: event.target.value }),
  })
  const send = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const data = new FormData(event.currentTarget)
    startTransition(() => submit(data))
  }
  const { errors } = state
  return (
    <div className="grid items-start gap-4 xl:grid-cols-[minmax(22rem,30rem)_minmax(0,1fr)]">
      <Panel title="Rule">
        <form action={submit} onSubmit={send} className="flex flex-col gap-4">
          <input type="hidden" name="workspace" value={workspace.slug} />
          <input type="hidden" name="rule" value={rule ?? ''} />
          <input type="hidden" name="comparison" value={fields.comparison} />
          <input type="hidden" name="filters" value={fields.filters} />
          <Field id="name" label="Name" error={errors.name}>
            {(field) => <Input {...field} {...bind('name')} required maxLength={120} autoComplete="off" />}
          </Field>
          <SelectField id="measure" label="Measure" options={MEASURES} error={errors.measure} {...bind('measure')} />
          <RuleFilters
            workspace={workspace.slug}
            value={fields.filters}
            error={errors.filters}
            onChange={(filters) => set({ filters })}
          />
          <SelectField id="groupBy" label="Split by" options={GROUPS} error={errors.groupBy} {...bind('groupBy')} />
          <SelectField id="kind" label="Fires on" options={KINDS} error={errors.kind} {...bind('kind')} />
          {fields.kind === 'change' && (
            <SelectField
              id="comparison"
              label="Compared with"
              options={COMPARISONS}
              error={errors.comparison}
              value={fields.comparison}
              onChange={(event) => set({ comparison: event.target.value })}
            />
          )}
          <div className="grid gap-4 sm:grid-cols-2">
            <SelectField
              id="direction"
              label="Direction"
              options={directions(fields.kind)}
              error={errors.direction}
              {...bind('direction')}
            />
            <Field
              id="threshold"
              label={thresholdLabel(fields)}
              hint={fields.kind === 'anomaly' ? 'Lower is more sensitive.' : undefined}
              error={errors.threshold}
            >
              {(field) => (
                <Input
                  {...field}
                  {...bind('threshold')}
                  required
                  inputMode="decimal"
                  maxLength={40}
                  autoComplete="off"
                />
              )}
            </Field>
            <SelectField
              id="window"
              label="Within"
              hint="On the workspace’s calendar."
              options={WINDOWS}
              error={errors.window}
              {...bind('window')}
            />
            <Field
              id="forMinutes"
              label="For (minutes)"
              hint="How long it must hold before it fires."
              error={errors.forMinutes}
            >
              {(field) => <Input {...field} {...bind('forMinutes')} required inputMode="numeric" maxLength={6} />}
            </Field>
            <Field
              id="hysteresisPercent"
              label="Hysteresis (%)"
              hint="It ends only this far back inside."
              error={errors.hysteresisPercent}
            >
              {(field) => (
                <Input {...field} {...bind('hysteresisPercent')} required inputMode="numeric" maxLength={3} />
              )}
            </Field>
            <Field
              id="minVolume"
              label="Least attempts"
              hint="Windows with fewer say nothing."
              error={errors.minVolume}
            >
              {(field) => <Input {...field} {...bind('minVolume')} required inputMode="numeric" maxLength={10} />}
            </Field>
            <SelectField
              id="noData"
              label="Without attempts"
              options={fields.groupBy === '' ? NO_DATA : NO_DATA.slice(0, 2)}
              error={errors.noData}
              {...bind('noData')}
            />
            <SelectField
              id="severity"
              label="Severity"
              options={SEVERITIES}
              error={errors.severity}
              {...bind('severity')}
            />
          </div>
          <SelectField
            id="ownerId"
            label="Owner"
            options={[
              { value: '', label: 'The workspace’s budget owner' },
              ...members.map(({ id, name }) => ({ value: id, label: name })),
            ]}
            error={errors.ownerId}
            {...bind('ownerId')}
          />
          <SelectField
            id="escalationPathId"
            label="Escalation path"
            options={pathOptions(paths, fields.escalationPathId)}
            error={errors.escalationPathId}
            {...bind('escalationPathId')}
          />
          <div className="flex flex-wrap items-center gap-3">
            <Button type="submit" variant="primary" disabled={pending || isCreated} aria-busy={pending}>
              {rule === null ? 'Create rule' : 'Save'}
            </Button>
            <ButtonLink href={rulesHref(workspace.slug)}>Back to the rules</ButtonLink>
            <FormMessage state={state} />
          </div>
        </form>
      </Panel>
      <RuleTest workspace={workspace} fields={fields} onSensitivity={(threshold) => set({ threshold })} />
    </div>
  )
}

function pathOptions(paths: readonly { id: number; name: string; isDefault: boolean }[], chosen: string) {
  const usual = paths.find(({ isDefault }) => isDefault)
  const known = paths.map(({ id, name }) => ({ value: String(id), label: name }))
  return [
    { value: '', label: usual ? `The workspace’s default: ${usual.name}` : 'The workspace’s default' },
    ...known,
    ...(chosen === '' || known.some(({ value }) => value === chosen)
      ? []
      : [{ value: chosen, label: 'A path that was removed: the default is taken' }]),
  ]
}

/** What one choice leaves of the others. */
function adjusted(fields: RuleFields): RuleFields {
  const next = { ...fields }
  if (next.kind === 'change') next.comparison ||= 'previous'
  if (next.kind !== 'change') next.comparison = ''
  if (next.kind === 'anomaly' && next.window === 'week') next.window = 'day'
  if (next.kind !== 'anomaly' && next.direction === 'either') next.direction = 'above'
  if (next.groupBy !== '' && next.noData === 'alert') next.noData = 'recover'
  if (next.comparison === 'beforeVersion') {
    next.groupBy = 'endpoint'
    next.window = 'day'
  }
  return next
}

function directions(kind: string) {
  const rises = kind === 'change' ? 'Rises by more than' : 'Above'
  const falls = kind === 'change' ? 'Falls by more than' : 'Below'
  return [
    { value: 'above', label: rises },
    { value: 'below', label: falls },
    ...(kind === 'anomaly' ? [{ value: 'either', label: 'Above or below' }] : []),
  ]
}

function thresholdLabel({ kind, measure }: RuleFields): string {
  if (kind === 'change') return 'Change (%)'
  if (kind === 'anomaly') return 'Sensitivity (deviations)'
  const known = MEASURE_NAMES.find((name) => name === measure)
  const unit = known ? measureOf(known).unit : 'count'
  if (unit === 'ratio') return 'Threshold (%)'
  if (unit === 'money' || unit === 'moneyPerMillionTokens') return 'Threshold (USD)'
  return unit === 'milliseconds' || unit === 'totalMilliseconds' ? 'Threshold (ms)' : 'Threshold'
}
