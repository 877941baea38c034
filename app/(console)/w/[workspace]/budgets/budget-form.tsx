'use client'

import { Plus, X } from 'lucide-react'
import { type ReactNode, useId, useState } from 'react'
import { changeBudgetAction, createBudgetAction } from '@/app/(console)/w/[workspace]/budgets/actions'
import { ActionForm } from '@/components/settings/action-form'
import type { SettingsAction } from '@/components/settings/form-state'
import { SelectField } from '@/components/settings/select-field'
import { Button, IconButton } from '@/components/ui/button'
import { Dialog, DialogContent, DialogTrigger } from '@/components/ui/dialog'
import { Field, Input } from '@/components/ui/input'
import { BUDGET_DIMENSIONS } from '@/lib/budgets/budget'
import { dimensionLabel } from '@/lib/metrics/registry'

/** A budget as its form starts. Texts as they are typed. */
export type BudgetFormValues = {
  id: number | null
  name: string
  period: string
  firstDay: string
  lastDay: string
  amount: string
  rollOver: boolean
  owner: string
  backup: string
  spentPercents: string
  spentBasis: string
  forecastPercents: string
  filters: { dimension: string; tagKey: string; operator: string; values: string }[]
  guardMode: string
  degradeAtPercent: string
  substituteModel: string
  maxOutputTokens: string
  blockOnUpper: boolean
}

export type BudgetFormMember = { id: string; name: string; email: string }

const PERIOD_OPTIONS = [
  { value: 'day', label: 'each day' },
  { value: 'week', label: 'each week' },
  { value: 'month', label: 'each month' },
  { value: 'quarter', label: 'each quarter' },
  { value: 'fiscalYear', label: 'each fiscal year' },
  { value: 'custom', label: 'once, between two days' },
]

const GUARD_OPTIONS = [
  { value: 'observe', label: 'nothing: observe only' },
  { value: 'degrade', label: 'to use a cheaper model' },
  { value: 'block', label: 'to stop at 100%' },
]

const BASIS_OPTIONS = [
  { value: 'actualUpper', label: 'spend and unpriced usage' },
  { value: 'actual', label: 'priced spend alone' },
]

const DIMENSION_OPTIONS = [
  ...BUDGET_DIMENSIONS.map((name) => ({ value: name, label: dimensionLabel(name) })),
  { value: 'tag', label: 'Tag' },
]

const OPERATOR_OPTIONS = [
  { value: 'in', label: 'is' },
  { value: 'notIn', label: 'is not' },
]

/** A button with the form of a new budget, or of one that exists, in a dialog. */
export function BudgetDialog({
  workspace,
  currency,
  members,
  values,
}: {
  workspace: string
  currency: string
  members: readonly BudgetFormMember[]
  values: BudgetFormValues
}) {
  const [open, setOpen] = useState(false)
  const isNew = values.id === null
  const run: SettingsAction = async (previous, form) => {
    const next = await (isNew ? createBudgetAction : changeBudgetAction)(previous, form)
    if (next.status === 'done') setOpen(false)
    return next
  }
  return (
    <Dialog open={open} onOpenChange={setOpen}>
      <DialogTrigger asChild>
        <Button variant={isNew ? 'primary' : 'secondary'}>{isNew ? 'Create budget' : 'Edit'}</Button>
      </DialogTrigger>
      <DialogContent title={isNew ? 'Create a budget' : `Edit ${values.name}`}>
        <div className="p-4">
          <ActionForm
            action={run}
            fields={isNew ? { workspace } : { workspace, budget: String(values.id) }}
            submitLabel={isNew ? 'Create budget' : 'Save'}
          >
            {({ errors }) => <Fields currency={currency} members={members} values={values} errors={errors} />}
          </ActionForm>
        </div>
      </DialogContent>
    </Dialog>
  )
}

function Group({ legend, children }: { legend: string; children: ReactNode }) {
  return (
    <fieldset className="border-line flex flex-col gap-3 border-t pt-3">
      <legend className="text-ink-muted float-left mb-2 w-full text-xs font-medium">{legend}</legend>
      <div className="clear-both grid gap-4 sm:grid-cols-2">{children}</div>
    </fieldset>
  )
}

function Fields({
  currency,
  members,
  values,
  errors,
}: {
  currency: string
  members: readonly BudgetFormMember[]
  values: BudgetFormValues
  errors: Readonly<Record<string, string>>
}) {
  const [period, setPeriod] = useState(values.period)
  const [guardMode, setGuardMode] = useState(values.guardMode)
  const people = (nobody: string) => [
    { value: '', label: nobody },
    ...members.map(({ id, name, email }) => ({ value: id, label: `${name} (${email})` })),
  ]
  const text = (
    name: keyof BudgetFormValues & string,
    label: string,
    hint: string,
    more: Record<string, unknown> = {},
  ) => {
    const value = values[name]
    return (
      <Field id={`budget-${name}`} label={label} hint={hint} error={errors[name]}>
        {(field) => (
          <Input
            {...field}
            name={name}
            autoComplete="off"
            defaultValue={typeof value === 'string' ? value : ''}
            {...more}
          />
        )}
      </Field>
    )
  }
  return (
    <>
      <div className="grid gap-4 sm:grid-cols-2">
        {text('name', 'Name', 'What it pays for.', {
          required: true,
          maxLength: 80,
          placeholder: 'Checkout assistant',
        })}
        {text('amount', `Amount in ${currency}`, 'For one period.', {
          required: true,
          inputMode: 'decimal',
          placeholder: '1500',
        })}
        <SelectField
          id="budget-period"
          name="period"
          label="Lasts"
          hint="In the workspace’s time zone."
          error={errors.period}
          options={PERIOD_OPTIONS}
          value={period}
          onChange={(event) => setPeriod(event.target.value)}
        />
        {period !== 'custom' && (
          <Check
            name="rollOver"
            label="Roll over what is left"
            hint="Added to the next period. Overspend is not taken from it."
            isOn={values.rollOver}
          />
        )}
        {period === 'custom' && text('firstDay', 'First day', 'Midnight of the workspace’s zone.', { type: 'date' })}
        {period === 'custom' && text('lastDay', 'Last day', 'Part of the period.', { type: 'date' })}
      </div>
      <FilterRows initial={values.filters} error={errors.filters} />
      <Group legend="Who answers for it">
        <SelectField
          id="budget-owner"
          name="owner"
          label="Owner"
          error={errors.owner}
          options={people('the workspace’s budget owner')}
          defaultValue={values.owner}
        />
        <SelectField
          id="budget-backup"
          name="backup"
          label="Backup"
          error={errors.backup}
          options={people('the workspace’s backup')}
          defaultValue={values.backup}
        />
      </Group>
      <Group legend="When to tell them">
        {text('spentPercents', 'At % of the amount spent', 'Several with commas.')}
        <SelectField
          id="budget-spentBasis"
          name="spentBasis"
          label="Counting"
          hint="With unpriced usage, a model without a price cannot hide."
          error={errors.spentBasis}
          options={BASIS_OPTIONS}
          defaultValue={values.spentBasis}
        />
        {text('forecastPercents', 'At % of the amount forecast', 'For the end of the period.')}
      </Group>
      <Group legend="What apps that ask the guard are told">
        <SelectField
          id="budget-guardMode"
          name="guardMode"
          label="Tell them"
          error={errors.guardMode}
          options={GUARD_OPTIONS}
          value={guardMode}
          onChange={(event) => setGuardMode(event.target.value)}
        />
        <div className={guardMode === 'observe' ? 'hidden' : undefined}>
          {text('degradeAtPercent', 'From % spent', 'Empty: at 100%.', { inputMode: 'numeric' })}
        </div>
        <div className={guardMode === 'observe' ? 'hidden' : undefined}>
          {text('substituteModel', 'Use model', 'The cheaper substitute.')}
        </div>
        <div className={guardMode === 'observe' ? 'hidden' : undefined}>
          {text('maxOutputTokens', 'At most output tokens', 'Per answer.', { inputMode: 'numeric' })}
        </div>
        <div className={guardMode === 'block' ? undefined : 'hidden'}>
          <Check
            name="blockOnUpper"
            label="Stop at the upper bound"
            hint="Counts unpriced usage at its dearest."
            isOn={values.blockOnUpper}
          />
        </div>
      </Group>
    </>
  )
}

function Check({ name, label, hint, isOn }: { name: string; label: string; hint: string; isOn: boolean }) {
  return (
    <div className="flex flex-col justify-center gap-0.5">
      <label className="min-h-control flex items-center gap-1.5 font-medium">
        <input type="checkbox" name={name} defaultChecked={isOn} className="accent-accent size-4" />
        {label}
      </label>
      <p className="text-ink-muted text-xs">{hint}</p>
    </div>
  )
}

const NEW_FILTER = { dimension: 'endpoint', tagKey: '', operator: 'in', values: '' }

function FilterRows({ initial, error }: { initial: BudgetFormValues['filters']; error?: string }) {
  const prefix = useId()
  const [rows, setRows] = useState(() =>
    (initial.length > 0 ? initial : [NEW_FILTER]).map((row, index) => ({ ...row, key: index })),
  )
  const setDimension = (key: number, dimension: string) =>
    setRows(rows.map((row) => (row.key === key ? { ...row, dimension } : row)))
  const add = () => setRows([...rows, { ...NEW_FILTER, key: Math.max(-1, ...rows.map(({ key }) => key)) + 1 }])
  return (
    <fieldset className="border-line flex flex-col gap-2 border-t pt-3">
      <legend className="text-ink-muted float-left w-full text-xs font-medium">
        What it counts. Without values: the whole workspace in its default scope.
      </legend>
      {rows.map(({ key, dimension, tagKey, operator, values }, index) => (
        <div key={key} className="flex flex-wrap items-end gap-2">
          <div className="w-36">
            <SelectField
              id={`${prefix}-dimension-${key}`}
              name="filterDimension[]"
              label={`Filter ${index + 1}`}
              options={DIMENSION_OPTIONS}
              value={dimension}
              onChange={(event) => setDimension(key, event.target.value)}
            />
          </div>
          <div className={dimension === 'tag' ? 'w-28' : 'hidden'}>
            <Field id={`${prefix}-tag-${key}`} label="Tag key">
              {(field) => <Input {...field} name="filterTagKey[]" defaultValue={tagKey} placeholder="team" />}
            </Field>
          </div>
          <div className="w-24">
            <SelectField
              id={`${prefix}-operator-${key}`}
              name="filterOperator[]"
              label="Condition"
              options={OPERATOR_OPTIONS}
              defaultValue={operator}
            />
          </div>
          <div className="min-w-40 grow">
            <Field id={`${prefix}-values-${key}`} label="Values">
              {(field) => (
                <Input
                  {...field}
                  name="filterValues[]"
                  defaultValue={values}
                  autoComplete="off"
                  placeholder="several with commas"
                />
              )}
            </Field>
          </div>
          {rows.length > 1 && (
            <IconButton
              label={`Remove filter ${index + 1}`}
              onClick={() => setRows(rows.filter((row) => row.key !== key))}
            >
              <X aria-hidden className="size-4" />
            </IconButton>
          )}
        </div>
      ))}
      {error && <p className="text-bad text-xs">{error}</p>}
      <div>
        <Button type="button" onClick={add}>
          <Plus aria-hidden className="size-4" /> Add filter
        </Button>
      </div>
    </fieldset>
  )
}
