import { EmptyState } from '@/components/ui/states'

/** A change that the visitor's role does not allow, such as after the role was changed meanwhile. */
export default function Forbidden() {
  return (
    <main className="grid min-h-dvh place-items-center px-4">
      <EmptyState title="Your role does not allow this" action={{ label: 'Go to your workspace', href: '/' }}>
        Nothing was changed. Ask an owner or admin of the workspace to do it, or to change your role.
      </EmptyState>
    </main>
  )
}
