import type { ReactNode } from 'react'

/** A page of the way in: one heading, one card in the middle, at most one line below it. */
export function EntryPage({
  title,
  lead,
  below,
  children,
}: {
  title: string
  lead?: ReactNode
  below?: ReactNode
  children: ReactNode
}) {
  return (
    <main className="grid min-h-dvh place-items-center px-4 py-10">
      <div className="flex w-full max-w-sm flex-col gap-6">
        <header className="flex flex-col gap-1 text-center">
          <h1 className="text-xl font-semibold">{title}</h1>
          {lead && <p className="text-ink-muted">{lead}</p>}
        </header>
        <section className="border-line bg-surface flex flex-col gap-4 rounded-lg border p-6">{children}</section>
        {below}
      </div>
    </main>
  )
}
