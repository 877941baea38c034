'use client'

import { type FormEvent, type ReactNode, startTransition, useActionState, useState } from 'react'
import { addContractAction } from '@/app/(console)/w/[workspace]/prices/actions'
import { type AskedPreview, askPreview } from '@/app/(console)/w/[workspace]/prices/ask-preview'
import { PreviewPanel } from '@/app/(console)/w/[workspace]/prices/preview-panel'
import { CLASS_LABELS } from '@/app/(console)/w/[workspace]/prices/price-text'
import { TierRows } from '@/app/(console)/w/[workspace]/prices/tier-rows'
import { FormMessage } from '@/components/settings/action-form'
import { type SettingsAction, UNTOUCHED } from '@/components/settings/form-state'
import { SelectField } from '@/components/settings/select-field'
import { Button } from '@/components/ui/button'
import { Dialog, DialogContent, DialogTrigger } from '@/components/ui/dialog'
import { Field, Input } from '@/components/ui/input'
import { SERVICE_TIERS } from '@/lib/events/event-names'
import { priceFieldOf, unitsPerPrice } from '@/lib/pricing/contract-form'
import { PRICED_CLASSES, type PricedClass } from '@/lib/pricing/price-usage'

type AddContractProps = {
  workspace: string
  /** Whether the price may be of the whole organisation. */
  isOrganizationAdmin: boolean
  /** Names to choose from while typing. */
  providers: readonly string[]
  models: readonly string[]
  /** Currencies with a stored rate, and USD. */
  currencies: readonly string[]
}

/** Adds a contract price: its form, then by how much which figure moves, then the word that does it. */
export function AddContract(props: AddContractProps) {
  const [open, setOpen] = useState(false)
  return (
    <Dialog open={open} onOpenChange={setOpen}>
      <DialogTrigger asChild>
        <Button variant="primary">Add contract price</Button>
      </DialogTrigger>
      <DialogContent
        title="Add a contract price"
        description="It prices stored attempts at once. You see what moves before it does."
      >
        <Steps {...props} onDone={() => setOpen(false)} />
      </DialogContent>
    </Dialog>
  )
}

function Steps({ onDone, ...props }: AddContractProps & { onDone: () => void }) {
  const { workspace } = props
  const [asked, setAsked] = useState<(AskedPreview & { form: FormData }) | null>(null)
  const [isAsking, setAsking] = useState(false)
  const run: SettingsAction = async (previous, form) => {
    const next = await addContractAction(previous, form)
    if (next.status === 'done') onDone()
    return next
  }
  const [state, submit, isPending] = useActionState(run, UNTOUCHED)
  const preview = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    setAsking(true)
    const path = `/api/w/${encodeURIComponent(workspace)}/prices/preview`
    setAsked({ ...(await askPreview(path, Object.fromEntries(form))), form })
    setAsking(false)
  }
  const isPreviewed = asked?.kind === 'preview'
  return (
    <div className="p-4">
      <form onSubmit={preview} hidden={isPreviewed} className={isPreviewed ? undefined : 'flex flex-col gap-4'}>
        <input type="hidden" name="workspace" value={workspace} />
        <Fields {...props} errors={asked?.kind === 'failed' ? asked.errors : {}} />
        <div className="flex flex-wrap items-center gap-3">
          <Button type="submit" variant="primary" disabled={isAsking} aria-busy={isAsking}>
            {isAsking ? 'Computing…' : 'Preview'}
          </Button>
          <span role="status" className="text-bad min-w-0">
            {asked?.kind === 'failed' && !isAsking ? asked.message : null}
          </span>
        </div>
      </form>
      {isPreviewed && (
        <div className="flex flex-col gap-4">
          <PreviewPanel preview={asked.preview} timeZone="UTC" />
          <div className="flex flex-wrap items-center gap-3">
            <Button
              variant="primary"
              disabled={isPending}
              aria-busy={isPending}
              onClick={() => startTransition(() => submit(asked.form))}
            >
              Add this price
            </Button>
            <Button onClick={() => setAsked(null)} disabled={isPending}>
              Back
            </Button>
            <FormMessage state={state} />
          </div>
        </div>
      )}
    </div>
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

const COMMON: readonly PricedClass[] = ['inputUncached', 'output', 'cacheRead', 'cacheWrite5m']

function Fields({
  isOrganizationAdmin,
  providers,
  models,
  currencies,
  errors,
}: AddContractProps & { errors: Readonly<Record<string, string>> }) {
  const [kind, setKind] = useState('prices')
  const text = (name: string, label: string, hint: string, more: Record<string, unknown> = {}) => (
    <Field key={name} id={`contract-${name}`} label={label} hint={hint} error={errors[name]}>
      {(field) => <Input {...field} name={name} autoComplete="off" {...more} />}
    </Field>
  )
  const price = (priceClass: PricedClass) =>
    text(
      priceFieldOf(priceClass),
      CLASS_LABELS[priceClass].label,
      unitsPerPrice(priceClass) === 1_000 ? 'Per 1,000 requests.' : 'Per 1M tokens.',
      { inputMode: 'decimal' },
    )
  const isPrices = kind === 'prices'
  const hasMore = PRICED_CLASSES.some((name) => !COMMON.includes(name) && errors[priceFieldOf(name)])
  return (
    <>
      <div className="grid gap-4 sm:grid-cols-2">
        {text('provider', 'Provider', 'As the ledger shows it.', { required: true, list: 'contract-providers' })}
        {text('model', 'Model', 'As the ledger shows it.', { required: true, list: 'contract-models' })}
        <datalist id="contract-providers">
          {providers.map((value) => (
            <option key={value} value={value} />
          ))}
        </datalist>
        <datalist id="contract-models">
          {models.map((value) => (
            <option key={value} value={value} />
          ))}
        </datalist>
        <SelectField
          id="contract-kind"
          name="kind"
          label="Agreed as"
          error={errors.kind}
          options={[
            { value: 'prices', label: 'prices' },
            { value: 'discount', label: 'discount on the list' },
            { value: 'volume', label: 'volume schedule' },
          ]}
          value={kind}
          onChange={(event) => setKind(event.target.value)}
        />
        {kind !== 'discount' ? (
          <SelectField
            id="contract-currency"
            name="currency"
            label="Currency"
            hint={currencies.length > 1 ? 'Converted by the stored rate of the first day.' : undefined}
            error={errors.currency}
            options={currencies.map((value) => ({ value, label: value }))}
            defaultValue="USD"
          />
        ) : (
          <>
            {text('discountPercent', 'Discount in %', 'Off the prices of the list.', {
              inputMode: 'decimal',
              required: true,
            })}
            <SelectField
              id="contract-discountBand"
              name="discountBand"
              label="Discounted context"
              error={errors.discountBand}
              options={[
                { value: '', label: 'every length' },
                { value: 'base', label: 'only the base context' },
              ]}
              defaultValue=""
            />
          </>
        )}
        {isPrices && COMMON.map(price)}
      </div>
      {isPrices && (
        <details open={hasMore || undefined}>
          <summary className="text-accent cursor-pointer rounded-sm">Further token classes</summary>
          <div className="mt-3 grid gap-4 sm:grid-cols-2">
            {PRICED_CLASSES.filter((name) => !COMMON.includes(name)).map(price)}
          </div>
        </details>
      )}
      {kind === 'volume' && <TierRows errors={errors} />}
      <Group legend="Where and when it holds">
        <SelectField
          id="contract-scope"
          name="scope"
          label="For"
          hint={isOrganizationAdmin ? undefined : 'The whole organisation: ask an organisation admin.'}
          error={errors.scope}
          options={[
            { value: 'workspace', label: 'this workspace' },
            ...(isOrganizationAdmin ? [{ value: 'organization', label: 'the whole organisation' }] : []),
          ]}
          defaultValue="workspace"
        />
        <SelectField
          id="contract-serviceTier"
          name="serviceTier"
          label="Service tier"
          error={errors.serviceTier}
          options={SERVICE_TIERS.map((value) => ({ value, label: value }))}
          defaultValue="standard"
        />
        {text('effectiveFrom', 'From', 'UTC. Empty: always.', { type: 'date' })}
        {text('effectiveTo', 'Until', 'The first day without it. Empty: open.', { type: 'date' })}
        <SelectField
          id="contract-region"
          name="region"
          label="Region"
          error={errors.region}
          options={[
            { value: '', label: 'any' },
            { value: 'global', label: 'global' },
            { value: 'regional', label: 'regional' },
          ]}
          defaultValue=""
        />
        {text('contextAbove', 'Above input tokens', 'Empty: any length.', { inputMode: 'numeric' })}
        {text('dailyFrom', 'Daily from', 'UTC, such as 16:30. Empty: all day.')}
        {text('dailyTo', 'Daily until', 'UTC.')}
      </Group>
      {text('reason', 'Reason', 'For the audit log, such as the agreement’s name.', { required: true, maxLength: 500 })}
    </>
  )
}
