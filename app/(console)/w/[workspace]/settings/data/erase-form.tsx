'use client'

import { useRouter } from 'next/navigation'
import { type FormEvent, useState } from 'react'
import { z } from 'zod'
import { Button } from '@/components/ui/button'
import { Dialog, DialogContent } from '@/components/ui/dialog'
import { Field, Input } from '@/components/ui/input'
import { SegmentedControl } from '@/components/ui/segmented-control'
import { formatCount } from '@/lib/format'

const report = z.object({ name: z.string(), attempts: z.number(), requests: z.number() })
const problem = z.object({ message: z.string() })

type Kind = 'user' | 'request'

const WORDS = {
  user: {
    label: 'User',
    field: 'userId',
    hint: 'Exactly as it was sent. Erases what is stored of the user until now, and refuses what comes late of it; what the user does from now on is stored again.',
  },
  request: {
    label: 'Request',
    field: 'externalRequestId',
    hint: 'Exactly as it was sent. Erases all its attempts in every environment and data mode, and refuses it from now on.',
  },
} as const satisfies Record<Kind, { label: string; field: string; hint: string }>

const CONFIRMATION = 'erase'

async function sendErasure(workspace: string, kind: Kind, value: string): Promise<z.infer<typeof report>> {
  const response = await fetch(`/api/w/${encodeURIComponent(workspace)}/erasures`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ [WORDS[kind].field]: value }),
  })
  const body: unknown = await response.json().catch(() => null)
  if (response.ok) return report.parse(body)
  const said = problem.safeParse(body)
  throw new Error(said.success ? said.data.message : `The server answered ${response.status}. Try again in a moment.`)
}

/** Names a user or a request, asks for the word that confirms it, and says what was erased. */
export function EraseForm({ workspace }: { workspace: string }) {
  const router = useRouter()
  const [kind, setKind] = useState<Kind>('user')
  const [value, setValue] = useState('')
  const [typed, setTyped] = useState('')
  const [isOpen, setOpen] = useState(false)
  const [isSending, setSending] = useState(false)
  const [done, setDone] = useState<string | null>(null)
  const [error, setError] = useState<string | null>(null)
  const words = WORDS[kind]

  const ask = (event: FormEvent) => {
    event.preventDefault()
    setTyped('')
    setError(null)
    setDone(null)
    setOpen(true)
  }
  const confirm = async (event: FormEvent) => {
    event.preventDefault()
    setSending(true)
    setError(null)
    try {
      const { name, attempts, requests } = await sendErasure(workspace, kind, value)
      setDone(
        `Erased as ${name}…: ${formatCount(attempts)} ${attempts === 1 ? 'attempt' : 'attempts'} of ${formatCount(requests)} ${requests === 1 ? 'request' : 'requests'}.`,
      )
      setValue('')
      setOpen(false)
      router.refresh()
    } catch (failure) {
      setError(failure instanceof Error ? failure.message : 'It could not be erased. Try again in a moment.')
    } finally {
      setSending(false)
    }
  }

  return (
    <>
      <form onSubmit={ask} className="flex max-w-prose flex-col gap-3">
        <div>
          <SegmentedControl
            label="What to erase"
            value={kind}
            onChange={(next) => setKind(next === 'request' ? 'request' : 'user')}
            segments={(['user', 'request'] as const).map((each) => ({ value: each, label: WORDS[each].label }))}
          />
        </div>
        <Field id="erase-subject" label={words.field} hint={words.hint}>
          {(field) => (
            <Input
              {...field}
              value={value}
              onChange={(event) => setValue(event.target.value)}
              maxLength={200}
              required
              autoComplete="off"
              spellCheck={false}
            />
          )}
        </Field>
        <div className="flex flex-wrap items-center gap-3">
          <Button type="submit" variant="danger" disabled={value === ''}>
            Erase…
          </Button>
          <p role="status" className="text-ink-muted">
            {done}
          </p>
        </div>
      </form>
      <Dialog open={isOpen} onOpenChange={setOpen}>
        <DialogContent title={`Erase this ${kind}?`} description="This cannot be undone.">
          <form onSubmit={confirm} className="flex flex-col gap-3 p-4">
            <p>
              Everything stored of {kind} <code className="break-all">{value}</code> leaves every total at once and goes
              from disk within minutes.
            </p>
            <Field id="erase-confirmation" label={`Type ${CONFIRMATION} to confirm`} error={error ?? undefined}>
              {(field) => (
                <Input
                  {...field}
                  value={typed}
                  onChange={(event) => setTyped(event.target.value)}
                  autoComplete="off"
                  autoCapitalize="none"
                />
              )}
            </Field>
            <div className="flex justify-end gap-2">
              <Button onClick={() => setOpen(false)}>Cancel</Button>
              <Button type="submit" variant="danger" disabled={typed.trim() !== CONFIRMATION || isSending}>
                {isSending ? 'Erasing…' : 'Erase for good'}
              </Button>
            </div>
          </form>
        </DialogContent>
      </Dialog>
    </>
  )
}
