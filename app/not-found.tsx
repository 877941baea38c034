import { EmptyState } from '@/components/ui/states'

/** What does not exist and what is not the visitor's look the same. */
export default function NotFound() {
  return (
    <main className="grid min-h-dvh place-items-center px-4">
      <EmptyState title="This page does not exist" action={{ label: 'Go to your workspace', href: '/' }}>
        The address may be mistyped, or you may not be a member of its workspace.
      </EmptyState>
    </main>
  )
}
