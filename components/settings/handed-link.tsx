import { CopyText } from '@/components/settings/copy-text'
import type { FormState } from '@/components/settings/form-state'

/** A one-time link just made, to be handed over by whoever made it. */
export function HandedLink({ state, note, expires }: { state: FormState; note: string; expires: string }) {
  if (state.result?.kind !== 'link') return null
  return (
    <div className="border-line flex flex-col gap-1 rounded-md border p-3">
      <CopyText label="One-time link" text={state.result.url} />
      <p className="text-ink-muted text-xs">
        {note} It works once, {expires}, and is shown only here.
      </p>
    </div>
  )
}
