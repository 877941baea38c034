import Link from 'next/link'
import { notFound } from 'next/navigation'
import { connection } from 'next/server'
import { revokeAliasAction } from '@/app/(console)/w/[workspace]/models/actions'
import { PreviewPanel } from '@/app/(console)/w/[workspace]/models/alias/preview-panel'
import { ReasonForm } from '@/app/(console)/w/[workspace]/models/alias/reason-form'
import { modelsHref } from '@/app/(console)/w/[workspace]/models/model-links'
import { PageHeader } from '@/components/shell/page-header'
import { Panel } from '@/components/ui/panel'
import type { StoredAlias } from '@/db/postgres/queries/model-aliases'
import { requirePermission } from '@/lib/auth/require-permission'
import { mayNameEverywhere, readAliases } from '@/lib/catalogue/manage-aliases'
import { previewAlias } from '@/lib/catalogue/preview-alias'
import { AppError } from '@/lib/errors'
import { scopeForWorkspace } from '@/lib/metrics/scope'
import { assumeRevocation } from '@/lib/pricing/change-aliases'

export const metadata = { title: 'Revoke an alias · Farthing' }

const ROW_ID = /^[1-9]\d{0,8}$/

export default async function RevokeAliasPage({ params }: { params: Promise<{ workspace: string; alias: string }> }) {
  await connection()
  const { workspace: slug, alias: id } = await params
  const returnTo = `/w/${encodeURIComponent(slug)}/models/alias/${encodeURIComponent(id)}`
  const { workspace, person } = await requirePermission(slug, 'editPrices', returnTo)
  if (!ROW_ID.test(id)) notFound()
  const alias = (await readAliases(person, slug)).find((each) => each.id === Number(id))
  if (!alias) notFound()
  if (alias.revokedAt !== null) return <Revoked slug={slug} alias={alias} />
  const assumed = await orNotFound(() => assumeRevocation(alias.id, alias.workspaceId))
  const preview = await previewAlias(alias, assumed, await scopeForWorkspace(workspace), new Date())
  const mayRevoke = alias.workspaceId !== null || (await mayNameEverywhere(person))
  return (
    <>
      <PageHeader
        title={`Revoke the alias of ${alias.rawModel}`}
        scope={[
          { label: 'Workspace', value: workspace.name },
          { label: 'Where', value: alias.workspaceId === null ? 'every workspace' : 'this workspace' },
          { label: 'Stands for', value: `${alias.provider}/${alias.model}` },
        ]}
      />
      <PreviewPanel preview={preview} currency={workspace.currency} workspace={workspace.name} />
      <Confirm slug={slug} alias={alias} mayRevoke={mayRevoke} />
    </>
  )
}

function Revoked({ slug, alias }: { slug: string; alias: StoredAlias }) {
  return (
    <>
      <PageHeader title={`The alias of ${alias.rawModel} is revoked`} scope={[]} />
      <Panel>
        <p>
          {alias.revokedByName ?? 'Somebody'} revoked it: {alias.revokedReason}.{' '}
          <Link href={`${modelsHref(slug)}#aliases`} className="text-accent underline underline-offset-2">
            All aliases
          </Link>
        </p>
      </Panel>
    </>
  )
}

function Confirm({ slug, alias, mayRevoke }: { slug: string; alias: StoredAlias; mayRevoke: boolean }) {
  return (
    <Panel title="Confirm" note={`added by ${alias.authorName}: ${alias.reason}`}>
      {mayRevoke ? (
        <ReasonForm
          action={revokeAliasAction}
          fields={{ workspace: slug, alias: String(alias.id) }}
          submitLabel="Revoke the alias"
          doneHref={`${modelsHref(slug)}#aliases`}
          variant="danger"
        />
      ) : (
        <p className="text-ink-muted">It holds in every workspace, so an organisation admin must revoke it.</p>
      )}
    </Panel>
  )
}

async function orNotFound<Found>(read: () => Promise<Found>): Promise<Found> {
  try {
    return await read()
  } catch (error) {
    if (error instanceof AppError && error.code === 'not_found') notFound()
    throw error
  }
}
