import Link from 'next/link'
import { connection } from 'next/server'
import { z } from 'zod'
import { addAliasAction } from '@/app/(console)/w/[workspace]/models/actions'
import { PreviewPanel } from '@/app/(console)/w/[workspace]/models/alias/preview-panel'
import { ReasonForm } from '@/app/(console)/w/[workspace]/models/alias/reason-form'
import { aliasHref, modelsHref } from '@/app/(console)/w/[workspace]/models/model-links'
import { SelectField } from '@/components/settings/select-field'
import { PageHeader } from '@/components/shell/page-header'
import { Button } from '@/components/ui/button'
import { Field, Input } from '@/components/ui/input'
import { Panel } from '@/components/ui/panel'
import { ErrorState } from '@/components/ui/states'
import { requirePermission } from '@/lib/auth/require-permission'
import { mayNameEverywhere } from '@/lib/catalogue/manage-aliases'
import { previewAlias } from '@/lib/catalogue/preview-alias'
import { suggestModels } from '@/lib/catalogue/suggest-models'
import { AppError } from '@/lib/errors'
import { scopeForWorkspace, type WorkspaceSettings } from '@/lib/metrics/scope'
import type { SearchParams } from '@/lib/metrics/url-state'
import { assumeAlias } from '@/lib/pricing/change-aliases'
import { currentPriceBooks } from '@/lib/pricing/current-prices'

export const metadata = { title: 'Name a model · Farthing' }

const CANDIDATES = 6
const text = z.string().catch('')
const asked = z.object({
  rawProvider: text,
  rawModel: text,
  provider: text,
  model: text,
  from: text,
  to: text,
  where: z.enum(['here', 'everywhere']).catch('here'),
})

export default async function AliasPage({
  params,
  searchParams,
}: {
  params: Promise<{ workspace: string }>
  searchParams: Promise<SearchParams>
}) {
  await connection()
  const { workspace: slug } = await params
  const sent = asked.parse(await searchParams)
  const { workspace, person } = await requirePermission(slug, 'editPrices', aliasHref(slug, sent))
  const index = (await currentPriceBooks()).indexOf(workspace.id)
  const candidates =
    sent.rawModel === ''
      ? []
      : suggestModels({ provider: sent.rawProvider, model: sent.rawModel }, index.canonicalModels(), CANDIDATES)
  const models = [...new Set(index.canonicalModels().map(({ model }) => model))].sort()
  const providers = [...new Set(index.canonicalModels().map(({ provider }) => provider))].sort()
  const places = [
    { value: 'here', label: `In ${workspace.name}` },
    ...((await mayNameEverywhere(person)) ? [{ value: 'everywhere', label: 'In every workspace' }] : []),
  ]
  const isWhole = sent.rawProvider !== '' && sent.rawModel !== '' && sent.provider !== '' && sent.model !== ''
  return (
    <>
      <PageHeader
        title={sent.rawModel === '' ? 'Name a model' : `Name ${sent.rawModel}`}
        scope={[
          { label: 'Workspace', value: workspace.name },
          { label: 'Instants', value: 'UTC' },
        ]}
      />
      <Panel title="What the name stands for" note="nothing changes before it is confirmed">
        <form method="get" className="flex flex-col gap-4">
          <div className="grid gap-4 sm:grid-cols-2 xl:grid-cols-4">
            <Field id="raw-provider" label="Provider as sent" hint="Exactly as in the events.">
              {(field) => (
                <Input {...field} name="rawProvider" defaultValue={sent.rawProvider} required maxLength={200} />
              )}
            </Field>
            <Field id="raw-model" label="Model as sent" hint="Exactly as in the events.">
              {(field) => <Input {...field} name="rawModel" defaultValue={sent.rawModel} required maxLength={200} />}
            </Field>
            <Field id="provider" label="Provider" hint="As the catalogue names it.">
              {(field) => (
                <Input
                  {...field}
                  name="provider"
                  list="providers"
                  defaultValue={sent.provider}
                  required
                  maxLength={200}
                />
              )}
            </Field>
            <Field id="model" label="Model" hint="A model that has a price.">
              {(field) => (
                <Input {...field} name="model" list="models" defaultValue={sent.model} required maxLength={200} />
              )}
            </Field>
            <Field id="from" label="From" hint="UTC, such as 2026-11-01; empty is always.">
              {(field) => <Input {...field} name="from" defaultValue={sent.from} maxLength={40} />}
            </Field>
            <Field id="to" label="Until" hint="Not included; empty is without end.">
              {(field) => <Input {...field} name="to" defaultValue={sent.to} maxLength={40} />}
            </Field>
            <SelectField id="where" name="where" label="Where" options={places} defaultValue={sent.where} />
          </div>
          <datalist id="providers">
            {providers.map((provider) => (
              <option key={provider} value={provider} />
            ))}
          </datalist>
          <datalist id="models">
            {models.map((model) => (
              <option key={model} value={model} />
            ))}
          </datalist>
          {candidates.length > 0 && (
            <p className="text-ink-muted flex flex-wrap gap-x-3">
              <span>Names like it:</span>
              {candidates.map(({ provider, model, score }) => (
                <Link
                  key={`${provider}/${model}`}
                  href={aliasHref(slug, { ...sent, provider, model })}
                  title={`${Math.round(score * 100)} % alike`}
                  className="text-accent underline underline-offset-2"
                >
                  {provider}/{model}
                </Link>
              ))}
            </p>
          )}
          <div>
            <Button type="submit" variant={isWhole ? 'secondary' : 'primary'}>
              Preview
            </Button>
          </div>
        </form>
      </Panel>
      {isWhole && <Proposal slug={slug} workspace={workspace} sent={sent} />}
    </>
  )
}

async function Proposal({
  slug,
  workspace,
  sent,
}: {
  slug: string
  workspace: WorkspaceSettings & { name: string }
  sent: z.output<typeof asked>
}) {
  const { rawProvider, rawModel, provider, model, from, to, where } = sent
  const preview = await orExplain(async () => {
    const assumed = await assumeAlias({
      workspaceId: where === 'everywhere' ? null : workspace.id,
      rawProvider,
      rawModel,
      provider,
      model,
      effectiveFrom: from.trim() === '' ? null : from.trim(),
      effectiveTo: to.trim() === '' ? null : to.trim(),
    })
    return await previewAlias({ rawProvider, rawModel }, assumed, await scopeForWorkspace(workspace), new Date())
  })
  if ('error' in preview) {
    return (
      <Panel title="Preview">
        <ErrorState title="This alias cannot be added">{preview.error}</ErrorState>
      </Panel>
    )
  }
  return (
    <>
      <PreviewPanel preview={preview} currency={workspace.currency} workspace={workspace.name} />
      <Panel title="Confirm" note={`${rawProvider}/${rawModel} stands for ${provider}/${model}`}>
        <ReasonForm
          action={addAliasAction}
          fields={{ workspace: slug, ...sent }}
          submitLabel="Add the alias"
          doneHref={`${modelsHref(slug)}#aliases`}
        />
      </Panel>
    </>
  )
}

async function orExplain<Found>(read: () => Promise<Found>): Promise<Found | { error: string }> {
  try {
    return await read()
  } catch (error) {
    if (error instanceof AppError) return { error: error.message }
    throw error
  }
}
