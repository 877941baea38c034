'use client'

import { Plus, X } from 'lucide-react'
import { useState } from 'react'
import { changeScenarioAction, createScenarioAction } from '@/app/(console)/w/[workspace]/scenarios/actions'
import { ActionForm } from '@/components/settings/action-form'
import type { SettingsAction } from '@/components/settings/form-state'
import { SelectField } from '@/components/settings/select-field'
import { Button, IconButton } from '@/components/ui/button'
import { Dialog, DialogContent, DialogTrigger } from '@/components/ui/dialog'
import { Field, Input } from '@/components/ui/input'
import { EMPTY_ROUTE, type PriceChange, type Route, type ScenarioDefinition } from '@/lib/scenarios/scenario'

const TIERS = ['standard', 'batch', 'flex', 'priority'].map((value) => ({ value, label: value }))

const EMPTY_PRICE: PriceChange = { provider: '', model: '', tier: 'standard', terms: { kind: 'discount', percent: '' } }

const EMPTY_PRICES = { kind: 'prices' as const, inputPerMillion: '', cacheReadPerMillion: '', outputPerMillion: '' }

/** What is edited; `key` tells rows apart while they come and go. */
type Draft = {
  name: string
  routes: (Route & { key: number })[]
  prices: (PriceChange & { key: number })[]
  next: number
}

function draftOf(name: string, { routes, prices }: ScenarioDefinition): Draft {
  return {
    name,
    routes: routes.map((each, key) => ({ ...each, key })),
    prices: prices.map((each, index) => ({ ...each, key: routes.length + index })),
    next: routes.length + prices.length,
  }
}

/** Makes a scenario, or changes one. */
export function ScenarioDialog({
  workspace,
  saved,
}: {
  workspace: string
  saved?: { id: number; name: string; definition: ScenarioDefinition }
}) {
  const first = saved ? draftOf(saved.name, saved.definition) : draftOf('', { routes: [EMPTY_ROUTE], prices: [] })
  const [open, setOpen] = useState(false)
  const [draft, setDraft] = useState(first)
  const run: SettingsAction = async (previous, form) => {
    const action = saved ? changeScenarioAction : createScenarioAction
    const state = await action(previous, form)
    if (state.status === 'done') {
      setOpen(false)
      if (!saved) setDraft(first)
    }
    return state
  }
  const title = saved ? 'Change scenario' : 'New scenario'
  const definition = {
    routes: draft.routes.map(({ key: _, ...each }) => each),
    prices: draft.prices.map(({ key: _, ...each }) => each),
  }
  const setRoute = (key: number, change: Partial<Route>) =>
    setDraft({ ...draft, routes: draft.routes.map((each) => (each.key === key ? { ...each, ...change } : each)) })
  const setPrice = (key: number, change: Partial<PriceChange>) =>
    setDraft({ ...draft, prices: draft.prices.map((each) => (each.key === key ? { ...each, ...change } : each)) })
  return (
    <Dialog
      open={open}
      onOpenChange={(next) => {
        if (next && saved) setDraft(first)
        setOpen(next)
      }}
    >
      <DialogTrigger asChild>
        <Button variant={saved ? 'secondary' : 'primary'}>{title}</Button>
      </DialogTrigger>
      <DialogContent
        title={title}
        description="Run over real history; nothing that is stored changes."
        className="w-[min(52rem,calc(100vw-2rem))]"
      >
        <div className="p-4">
          <ActionForm
            action={run}
            fields={{
              workspace,
              definition: JSON.stringify(definition),
              ...(saved ? { scenario: String(saved.id) } : {}),
            }}
            submitLabel="Save"
          >
            {({ errors }) => (
              <>
                <Field id="scenario-name" label="Name" error={errors.name}>
                  {(field) => (
                    <Input
                      {...field}
                      name="name"
                      value={draft.name}
                      onChange={(event) => setDraft({ ...draft, name: event.target.value })}
                      required
                      maxLength={100}
                      autoComplete="off"
                    />
                  )}
                </Field>
                {draft.routes.map((route, index) => (
                  <RouteFields
                    key={route.key}
                    place={index + 1}
                    route={route}
                    onChange={(change) => setRoute(route.key, change)}
                    onRemove={() => setDraft({ ...draft, routes: draft.routes.filter(({ key }) => key !== route.key) })}
                  />
                ))}
                {draft.prices.map((price, index) => (
                  <PriceFields
                    key={price.key}
                    place={index + 1}
                    price={price}
                    onChange={(change) => setPrice(price.key, change)}
                    onRemove={() => setDraft({ ...draft, prices: draft.prices.filter(({ key }) => key !== price.key) })}
                  />
                ))}
                <div className="flex flex-wrap gap-2">
                  <Button
                    onClick={() =>
                      setDraft({
                        ...draft,
                        routes: [...draft.routes, { ...EMPTY_ROUTE, key: draft.next }],
                        next: draft.next + 1,
                      })
                    }
                  >
                    <Plus aria-hidden className="size-3.5" />
                    Add route
                  </Button>
                  <Button
                    onClick={() =>
                      setDraft({
                        ...draft,
                        prices: [...draft.prices, { ...EMPTY_PRICE, key: draft.next }],
                        next: draft.next + 1,
                      })
                    }
                  >
                    <Plus aria-hidden className="size-3.5" />
                    Add price
                  </Button>
                </div>
                {errors.definition && (
                  <p role="alert" className="text-bad">
                    {errors.definition}
                  </p>
                )}
              </>
            )}
          </ActionForm>
        </div>
      </DialogContent>
    </Dialog>
  )
}

const GRID = 'grid grid-cols-2 gap-3 sm:grid-cols-3'

function Part({ title, onRemove, children }: { title: string; onRemove: () => void; children: React.ReactNode }) {
  return (
    <fieldset className="border-line rounded-md border p-3">
      <legend className="sr-only">{title}</legend>
      <div className="mb-2 flex items-center justify-between">
        <span aria-hidden className="font-medium">
          {title}
        </span>
        <IconButton label={`Remove ${title.toLowerCase()}`} onClick={onRemove}>
          <X aria-hidden className="size-4" />
        </IconButton>
      </div>
      <div className={GRID}>{children}</div>
    </fieldset>
  )
}

function TextField({
  id,
  label,
  value,
  placeholder,
  onChange,
}: {
  id: string
  label: string
  value: string
  placeholder?: string
  onChange: (value: string) => void
}) {
  return (
    <Field id={id} label={label}>
      {(field) => (
        <Input
          {...field}
          value={value}
          placeholder={placeholder}
          onChange={(event) => onChange(event.target.value)}
          maxLength={200}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
        />
      )}
    </Field>
  )
}

function RouteFields({
  place,
  route,
  onChange,
  onRemove,
}: {
  place: number
  route: Route
  onChange: (change: Partial<Route>) => void
  onRemove: () => void
}) {
  const id = (name: string) => `route-${place}-${name}`
  return (
    <Part title={`Route ${place}`} onRemove={onRemove}>
      <TextField
        id={id('from-provider')}
        label="From provider"
        placeholder="any"
        value={route.fromProvider}
        onChange={(fromProvider) => onChange({ fromProvider })}
      />
      <TextField
        id={id('from-model')}
        label="From model"
        placeholder="any"
        value={route.fromModel}
        onChange={(fromModel) => onChange({ fromModel })}
      />
      <TextField
        id={id('endpoint')}
        label="Endpoint"
        placeholder="every"
        value={route.endpoint}
        onChange={(endpoint) => onChange({ endpoint })}
      />
      <TextField
        id={id('to-provider')}
        label="To provider"
        placeholder="as it was"
        value={route.toProvider}
        onChange={(toProvider) => onChange({ toProvider })}
      />
      <TextField
        id={id('to-model')}
        label="To model"
        placeholder="as it was"
        value={route.toModel}
        onChange={(toModel) => onChange({ toModel })}
      />
      <SelectField
        id={id('tier')}
        label="Tier"
        options={[{ value: '', label: 'as it was' }, ...TIERS]}
        value={route.tier}
        onChange={(event) => {
          const tier = TIER_VALUES.find((each) => each === event.target.value)
          if (tier !== undefined) onChange({ tier })
        }}
      />
      <TextField
        id={id('share')}
        label="Share of traffic, %"
        value={route.sharePercent}
        onChange={(sharePercent) => onChange({ sharePercent })}
      />
      <TextField
        id={id('cached')}
        label="Cached input, %"
        placeholder="as it was"
        value={route.cachedPercent}
        onChange={(cachedPercent) => onChange({ cachedPercent })}
      />
      <div className="grid grid-cols-2 gap-3">
        <TextField
          id={id('input-factor')}
          label="Input ×"
          value={route.inputFactor}
          onChange={(inputFactor) => onChange({ inputFactor })}
        />
        <TextField
          id={id('output-factor')}
          label="Output ×"
          value={route.outputFactor}
          onChange={(outputFactor) => onChange({ outputFactor })}
        />
      </div>
    </Part>
  )
}

const TIER_VALUES = ['', 'standard', 'batch', 'flex', 'priority'] as const
const PRICED_TIERS = ['standard', 'batch', 'flex', 'priority'] as const

function PriceFields({
  place,
  price,
  onChange,
  onRemove,
}: {
  place: number
  price: PriceChange
  onChange: (change: Partial<PriceChange>) => void
  onRemove: () => void
}) {
  const id = (name: string) => `price-${place}-${name}`
  const { terms } = price
  return (
    <Part title={`Price ${place}`} onRemove={onRemove}>
      <TextField
        id={id('provider')}
        label="Provider"
        value={price.provider}
        onChange={(provider) => onChange({ provider })}
      />
      <TextField id={id('model')} label="Model" value={price.model} onChange={(model) => onChange({ model })} />
      <SelectField
        id={id('tier')}
        label="Tier"
        options={TIERS}
        value={price.tier}
        onChange={(event) => {
          const tier = PRICED_TIERS.find((each) => each === event.target.value)
          if (tier) onChange({ tier })
        }}
      />
      <SelectField
        id={id('kind')}
        label="As"
        options={[
          { value: 'discount', label: 'discount on the list' },
          { value: 'prices', label: 'USD per 1M tokens' },
        ]}
        value={terms.kind}
        onChange={(event) =>
          onChange({ terms: event.target.value === 'prices' ? EMPTY_PRICES : { kind: 'discount', percent: '' } })
        }
      />
      {terms.kind === 'discount' ? (
        <TextField
          id={id('percent')}
          label="Discount, %"
          value={terms.percent}
          onChange={(percent) => onChange({ terms: { ...terms, percent } })}
        />
      ) : (
        <>
          <TextField
            id={id('input')}
            label="Input"
            value={terms.inputPerMillion}
            onChange={(inputPerMillion) => onChange({ terms: { ...terms, inputPerMillion } })}
          />
          <TextField
            id={id('cached')}
            label="Cached input"
            placeholder="as input"
            value={terms.cacheReadPerMillion}
            onChange={(cacheReadPerMillion) => onChange({ terms: { ...terms, cacheReadPerMillion } })}
          />
          <TextField
            id={id('output')}
            label="Output"
            value={terms.outputPerMillion}
            onChange={(outputPerMillion) => onChange({ terms: { ...terms, outputPerMillion } })}
          />
        </>
      )}
    </Part>
  )
}
