'use client'

import { useRouter } from 'next/navigation'
import { type ChangeEvent, useState } from 'react'
import { z } from 'zod'
import { PreviewPanel } from '@/app/(console)/w/[workspace]/prices/preview-panel'
import { describePrices } from '@/app/(console)/w/[workspace]/prices/price-text'
import { type DataColumn, DataTable } from '@/components/tables/data-table'
import { Badge } from '@/components/ui/badge'
import { Button } from '@/components/ui/button'
import { FormDone, FormError } from '@/components/ui/form-message'
import { Field, Input } from '@/components/ui/input'
import { LoadingState } from '@/components/ui/states'
import { formatCount } from '@/lib/format'
import type { PriceDifference } from '@/lib/pricing/diff-price-lists'
import { type PriceListPreview, priceListPreview } from '@/lib/pricing/price-list-preview'

type State =
  | { kind: 'idle' }
  | { kind: 'loading' }
  | { kind: 'failed'; message: string }
  | { kind: 'shown'; text: string; shown: PriceListPreview }
  | { kind: 'done'; message: string }

const problem = z.object({ message: z.string() })
const applied = z.object({ changes: z.number() })
const PATH = '/api/organization/price-list'

async function send<Schema extends z.ZodType>(path: string, text: string, schema: Schema): Promise<z.output<Schema>> {
  const response = await fetch(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: text })
  const answer: unknown = await response.json().catch(() => null)
  if (response.ok) return schema.parse(answer)
  const said = problem.safeParse(answer)
  throw new Error(said.success ? said.data.message : `The server answered ${response.status}. Try again in a moment.`)
}

/** Takes a list of prices, shows what it changes, and brings it into force. */
export function UploadList() {
  const router = useRouter()
  const [state, setState] = useState<State>({ kind: 'idle' })
  const [isApplying, setApplying] = useState(false)
  const attempt = async (run: () => Promise<State>) => {
    try {
      setState(await run())
    } catch (error) {
      setState({ kind: 'failed', message: error instanceof Error ? error.message : 'Try again in a moment.' })
    }
  }
  const choose = async (event: ChangeEvent<HTMLInputElement>) => {
    const file = event.target.files?.[0]
    if (!file) return
    setState({ kind: 'loading' })
    await attempt(async () => {
      const text = await file.text()
      return { kind: 'shown', text, shown: await send(`${PATH}/preview`, text, priceListPreview) }
    })
  }
  const apply = async (text: string, version: string) => {
    setApplying(true)
    await attempt(async () => {
      const { changes } = await send(`${PATH}?version=${encodeURIComponent(version)}`, text, applied)
      router.refresh()
      return { kind: 'done', message: `The list is in force. Models priced anew: ${formatCount(changes)}.` }
    })
    setApplying(false)
  }
  return (
    <div className="flex min-w-0 flex-col gap-4">
      <div className="max-w-md">
        <Field id="price-list" label="New list" hint="The file prices/new_data/v2/data.json of genai-prices.">
          {(field) => (
            <Input
              {...field}
              type="file"
              accept="application/json,.json"
              className="file:text-ink h-auto py-1 file:mr-2 file:font-medium"
              onChange={choose}
              disabled={state.kind === 'loading' || isApplying}
            />
          )}
        </Field>
      </div>
      {state.kind === 'loading' && <LoadingState label="the difference" className="min-h-40" />}
      {state.kind === 'failed' && <FormError>{state.message}</FormError>}
      {state.kind === 'done' && <FormDone>{state.message}</FormDone>}
      {state.kind === 'shown' && (
        <>
          <Difference shown={state.shown} />
          {!state.shown.isInForce && (
            <div className="flex flex-wrap items-center gap-3">
              <Button
                variant="primary"
                disabled={isApplying}
                aria-busy={isApplying}
                onClick={() => void apply(state.text, state.shown.version)}
              >
                {isApplying ? 'Applying…' : 'Apply this list'}
              </Button>
              <Button onClick={() => setState({ kind: 'idle' })} disabled={isApplying}>
                Cancel
              </Button>
            </div>
          )}
        </>
      )}
    </div>
  )
}

const KINDS = { added: 'good', removed: 'bad', changed: 'accent' } as const

const COLUMNS: DataColumn<PriceDifference>[] = [
  { key: 'model', header: 'Model', kind: 'text', value: ({ provider, model }) => `${provider}/${model}` },
  {
    key: 'kind',
    header: 'Price',
    kind: 'text',
    value: ({ kind }) => kind,
    cell: ({ kind }) => <Badge tone={KINDS[kind]}>{kind}</Badge>,
  },
  { key: 'place', header: 'Where', kind: 'text', value: ({ place }) => place },
  { key: 'before', header: 'Now', kind: 'text', value: ({ before }) => describePrices(before) || null, nullText: '–' },
  { key: 'after', header: 'New', kind: 'text', value: ({ after }) => describePrices(after) || null, nullText: '–' },
]

function Difference({ shown: { isInForce, difference, preview } }: { shown: PriceListPreview }) {
  if (isInForce) return <FormDone>This list is in force already.</FormDone>
  const { models, prices, total } = difference
  return (
    <>
      <p role="status">
        Models: {formatCount(models.added)} added, {formatCount(models.removed)} removed, {formatCount(models.changed)}{' '}
        changed. Prices that differ: {formatCount(total)}
        {total > prices.length && `, of which the first ${formatCount(prices.length)} are shown`}.
      </p>
      {prices.length > 0 && (
        <DataTable
          caption="Changed prices"
          columns={COLUMNS}
          rows={prices}
          rowKey={(row) => JSON.stringify([row.provider, row.model, row.kind, row.place])}
          currency="USD"
          timeZone="UTC"
          maxHeight="24rem"
        />
      )}
      <PreviewPanel preview={preview} timeZone="UTC" />
    </>
  )
}
