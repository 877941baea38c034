'use client'

import { ChevronRight } from 'lucide-react'
import { Fragment, type ReactNode, useState } from 'react'
import { Badge } from '@/components/ui/badge'
import { classNames } from '@/components/ui/class-names'
import { Explain } from '@/components/ui/explain'
import { formatCount, formatDateTime, formatDurationMs, formatMoney, NO_VALUE } from '@/lib/format'
import type { ListedAttempt, ListedRequest, PriceExplanation } from '@/lib/requests/request-list'

const HEAD = 'text-ink-muted border-line-strong h-8 border-b px-3 text-xs font-medium whitespace-nowrap'
const CELL = 'border-line h-8 border-b px-3 whitespace-nowrap'

const CLASS_LABELS: Record<string, string> = {
  inputUncached: 'Input',
  cacheRead: 'Cache read',
  cacheWrite5m: 'Cache write 5 min',
  cacheWrite1h: 'Cache write 1 h',
  output: 'Output',
  reasoning: 'Reasoning',
  audioInput: 'Audio input',
  audioOutput: 'Audio output',
  unsplit: 'Unsplit total',
  toolRequests: 'Tool requests',
  requests: 'Request fee',
}

const COLUMNS: { name: string; definition?: string; isNumber?: boolean }[] = [
  { name: 'Cost', definition: 'Cost of all its attempts, those that failed included.', isNumber: true },
  { name: 'Time', definition: 'When its first attempt was made, in the time zone of the workspace.' },
  { name: 'Outcome', definition: 'That of its last attempt.' },
  { name: 'Attempts', definition: 'Calls to a provider, each of which may be billed.', isNumber: true },
  { name: 'Tokens', definition: 'Input and output tokens of all its attempts.', isNumber: true },
  { name: 'Latency', definition: 'Time that all its attempts took together.', isNumber: true },
  { name: 'Model', definition: 'That of its last attempt.' },
  { name: 'Endpoint' },
  { name: 'Prompt version' },
  { name: 'User' },
]

const WASTE_LABELS: Record<ListedAttempt['wasteKind'], string | null> = {
  none: null,
  retry: 'wasted by retry',
  fallback: 'wasted by fallback',
  failed_request: 'wasted by failure',
}

const tokensOf = (attempt: ListedAttempt): number =>
  Object.entries(attempt.tokens).reduce((sum, [name, count]) => (name === 'toolRequests' ? sum : sum + count), 0)

/** Requests, each of which opens into its attempts in order and how each was priced. */
export function RequestTable({
  requests,
  currency,
  timeZone,
}: {
  requests: readonly ListedRequest[]
  currency: string
  timeZone: string
}) {
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set())
  const toggle = (key: string) => {
    const next = new Set(open)
    if (!next.delete(key)) next.add(key)
    setOpen(next)
  }
  return (
    <section
      aria-label="Requests"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable region must be reachable by keyboard (WCAG 2.1.1)
      tabIndex={0}
      className="scroll-slim relative w-full overflow-auto rounded-b-lg"
    >
      <table className="bg-surface w-full border-separate border-spacing-0">
        <caption className="sr-only">Requests</caption>
        <thead>
          <tr>
            <th scope="col" className={classNames(HEAD, 'bg-surface sticky left-0 z-1 text-left')}>
              Request
            </th>
            {COLUMNS.map(({ name, definition, isNumber }) => (
              <th key={name} scope="col" className={classNames(HEAD, isNumber ? 'text-right' : 'text-left')}>
                {definition ? (
                  <Explain title={name} explanation={{ definition }}>
                    {name}
                  </Explain>
                ) : (
                  name
                )}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {requests.map((request) => (
            <Fragment key={request.requestKey}>
              <RequestRow
                request={request}
                isOpen={open.has(request.requestKey)}
                onToggle={() => toggle(request.requestKey)}
                currency={currency}
                timeZone={timeZone}
              />
              {open.has(request.requestKey) && (
                <tr>
                  <td id={`attempts-${request.requestKey}`} colSpan={11} className="bg-sunken border-line border-b p-3">
                    <Attempts request={request} currency={currency} timeZone={timeZone} />
                  </td>
                </tr>
              )}
            </Fragment>
          ))}
        </tbody>
      </table>
    </section>
  )
}

function RequestRow({
  request,
  isOpen,
  onToggle,
  currency,
  timeZone,
}: {
  request: ListedRequest
  isOpen: boolean
  onToggle: () => void
  currency: string
  timeZone: string
}) {
  const last = request.attempts.at(-1)
  const tokens = request.attempts.reduce((sum, attempt) => sum + tokensOf(attempt), 0)
  return (
    <tr className="bg-surface hover:bg-hover">
      <th
        scope="row"
        className={classNames(CELL, 'sticky left-0 z-1 max-w-[46vw] bg-inherit text-left font-normal sm:max-w-64')}
      >
        <button
          type="button"
          aria-expanded={isOpen}
          aria-controls={isOpen ? `attempts-${request.requestKey}` : undefined}
          onClick={onToggle}
          title={request.externalRequestId}
          className="flex max-w-full items-center gap-1 rounded-sm"
        >
          <ChevronRight aria-hidden className={classNames('text-ink-muted size-3.5 shrink-0', isOpen && 'rotate-90')} />
          <span className="truncate">{request.externalRequestId}</span>
        </button>
      </th>
      <td
        className={classNames(CELL, 'text-right')}
        title={formatMoney(request.costUsd, currency, { precision: 'exact' })}
      >
        {request.costUsd === null ? (
          <span className="text-warn">unpriced</span>
        ) : (
          formatMoney(request.costUsd, currency)
        )}
        {request.costUsd !== null && request.unpricedAttempts > 0 && (
          <span className="text-warn" title={`${request.unpricedAttempts} of its attempts have no price`}>
            {' '}
            +?
          </span>
        )}
      </td>
      <td className={CELL}>{formatDateTime(request.at, timeZone, { seconds: true })}</td>
      <td className={CELL}>
        <OutcomeBadge outcome={request.outcome} />
      </td>
      <td className={classNames(CELL, 'text-right')}>{formatCount(request.attempts.length)}</td>
      <td className={classNames(CELL, 'text-right')}>{formatCount(tokens)}</td>
      <td className={classNames(CELL, 'text-right')}>{formatDurationMs(request.latencyMs)}</td>
      <NameCell value={last ? last.model : null} />
      <NameCell value={request.endpoint} />
      <NameCell value={request.promptVersion} />
      <NameCell value={request.user} />
    </tr>
  )
}

function NameCell({ value }: { value: string | null }) {
  return (
    <td className={classNames(CELL, 'max-w-48')}>
      {value === null ? (
        <span className="text-ink-faint">unattributed</span>
      ) : (
        <span className="block truncate" title={value}>
          {value}
        </span>
      )}
    </td>
  )
}

function OutcomeBadge({ outcome }: { outcome: ListedRequest['outcome'] }) {
  if (outcome === 'success') return <span className="text-ink-muted">success</span>
  if (outcome === 'failed') return <Badge tone="bad">failed</Badge>
  return <Badge>unspecified</Badge>
}

function Attempts({ request, currency, timeZone }: { request: ListedRequest; currency: string; timeZone: string }) {
  const tags = Object.entries(request.tags)
  return (
    <div className="flex flex-col gap-3">
      <p className="text-ink-muted text-xs">
        {request.environment} · {request.dataMode}
        {request.apiKey && ` · key ${request.apiKey}`}
        {tags.length > 0 && ` · ${tags.map(([key, value]) => `${key}=${value}`).join(' · ')}`}
      </p>
      <ol className="flex flex-col gap-2">
        {request.attempts.map((attempt) => (
          <li key={attempt.attemptKey} className="border-line bg-surface rounded-md border p-3">
            <AttemptFacts attempt={attempt} currency={currency} timeZone={timeZone} />
          </li>
        ))}
      </ol>
    </div>
  )
}

function AttemptFacts({ attempt, currency, timeZone }: { attempt: ListedAttempt; currency: string; timeZone: string }) {
  const waste = WASTE_LABELS[attempt.wasteKind]
  // What was sent has names: without them a scenario has sent it here.
  const moved = attempt.rawModel === ''
  const renamed = !moved && (attempt.rawModel !== attempt.model || attempt.rawProvider !== attempt.provider)
  return (
    <div className="grid gap-x-8 gap-y-2 lg:grid-cols-[minmax(16rem,1fr)_minmax(24rem,2fr)]">
      <div className="flex flex-col gap-1">
        <p className="flex flex-wrap items-center gap-1.5">
          <span className="text-ink-muted">#{attempt.seq}</span>
          <span className="font-medium">
            {attempt.provider} / {attempt.model}
          </span>
          <Badge tone={attempt.status === 'success' ? 'good' : attempt.status === 'unspecified' ? undefined : 'bad'}>
            {attempt.status}
          </Badge>
          {attempt.isRetry && <Badge>retry</Badge>}
          {attempt.isFallback && <Badge tone="warn">fallback</Badge>}
          {waste && <Badge tone="warn">{waste}</Badge>}
          {moved && <Badge tone="warn">by the scenario</Badge>}
        </p>
        <dl className="text-ink-muted flex flex-wrap gap-x-4 gap-y-0.5 text-xs">
          <Fact label="at">{formatDateTime(attempt.at, timeZone, { seconds: true })}</Fact>
          {renamed && (
            <Fact label="sent as">
              {attempt.rawProvider} / {attempt.rawModel}
            </Fact>
          )}
          {attempt.errorCode && <Fact label="error">{attempt.errorCode}</Fact>}
          {attempt.fallbackReason && <Fact label="because">{attempt.fallbackReason}</Fact>}
          {attempt.latencyMs !== null && <Fact label="latency">{formatDurationMs(attempt.latencyMs)}</Fact>}
          {attempt.timeToFirstTokenMs !== null && (
            <Fact label="first token">{formatDurationMs(attempt.timeToFirstTokenMs)}</Fact>
          )}
          {attempt.serviceTier && <Fact label="tier">{attempt.serviceTier}</Fact>}
          {attempt.region && <Fact label="region">{attempt.region}</Fact>}
          {attempt.attemptId && <Fact label="attempt id">{attempt.attemptId}</Fact>}
        </dl>
      </div>
      <PriceFacts attempt={attempt} currency={currency} timeZone={timeZone} />
    </div>
  )
}

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="flex gap-1">
      <dt>{label}</dt>
      <dd className="text-ink break-all">{children}</dd>
    </div>
  )
}

function PriceFacts({ attempt, currency, timeZone }: { attempt: ListedAttempt; currency: string; timeZone: string }) {
  const { price } = attempt
  const counts = Object.entries(attempt.tokens).filter(([, count]) => count > 0)
  return (
    <div className="flex min-w-0 flex-col gap-1.5 text-xs">
      <p>
        <span className="font-medium">
          {attempt.costUsd === null ? 'Unpriced' : formatMoney(attempt.costUsd, currency, { precision: 'exact' })}
        </span>
        <span className="text-ink-muted">
          {attempt.costBasis === 'reported' && ' as reported by the sender'}
          {attempt.costBasis === 'reported' &&
            attempt.pricedCostUsd !== null &&
            `; the price book says ${formatMoney(attempt.pricedCostUsd, currency, { precision: 'exact' })}`}
          {attempt.costBasis === 'priced' && ' by the price book'}
        </span>
      </p>
      {price.kind === 'priced' ? (
        <PriceLines price={price} currency={currency} timeZone={timeZone} />
      ) : (
        <>
          <p className={price.kind === 'unpriced' && attempt.costUsd === null ? 'text-warn' : 'text-ink-muted'}>
            {price.reason}
          </p>
          <p className="text-ink-muted">
            {counts.length === 0
              ? `${NO_VALUE} no tokens were reported`
              : counts.map(([name, count]) => `${CLASS_LABELS[name] ?? name} ${formatCount(count)}`).join(' · ')}
          </p>
        </>
      )}
    </div>
  )
}

function PriceLines({
  price,
  currency,
  timeZone,
}: {
  price: Extract<PriceExplanation, { kind: 'priced' }>
  currency: string
  timeZone: string
}) {
  const since = price.effectiveFrom ? `since ${formatDateTime(price.effectiveFrom, timeZone)}` : 'since always'
  return (
    <>
      <table className="w-fit">
        <caption className="sr-only">How this attempt was priced</caption>
        <thead className="sr-only">
          <tr>
            <th scope="col">Class</th>
            <th scope="col">Count</th>
            <th scope="col">Unit price</th>
            <th scope="col">Cost</th>
          </tr>
        </thead>
        <tbody>
          {price.lines.map((line) => (
            <tr key={line.priceClass}>
              <th scope="row" className="pr-4 text-left font-normal">
                {CLASS_LABELS[line.priceClass] ?? line.priceClass}
                {line.pricedAs !== line.priceClass && (
                  <span className="text-ink-muted">
                    {' '}
                    at the price of {(CLASS_LABELS[line.pricedAs] ?? line.pricedAs).toLowerCase()}
                  </span>
                )}
              </th>
              <td className="pr-2 text-right">{formatCount(line.count)}</td>
              <td className="text-ink-muted pr-2 text-right">
                × {formatMoney(line.unitPriceUsd, currency, { precision: 'exact' })}
              </td>
              <td className="text-right">= {formatMoney(line.costUsd, currency, { precision: 'exact' })}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className="text-ink-muted break-all">
        {price.priceId}, {since}, {price.source}
      </p>
    </>
  )
}
