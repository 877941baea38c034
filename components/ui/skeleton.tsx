import { classNames } from '@/components/ui/class-names'

/** A quiet block in the place of what is coming; give it the size of that. */
export function Skeleton({ className }: { className?: string }) {
  return <span aria-hidden className={classNames('wait bg-line block rounded-sm', className)} />
}
