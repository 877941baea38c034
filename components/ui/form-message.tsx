import type { ReactNode } from 'react'

/** What is wrong with a form as a whole, said at once by screen readers; fields point to it with its id. */
export function FormError({ id, children }: { id?: string; children: ReactNode }) {
  return (
    <p id={id} role="alert" className="bg-bad-soft text-bad rounded-md px-3 py-2">
      {children}
    </p>
  )
}

/** What a form has done. */
export function FormDone({ children }: { children: ReactNode }) {
  return (
    <p role="status" className="bg-good-soft text-good rounded-md px-3 py-2">
      {children}
    </p>
  )
}
