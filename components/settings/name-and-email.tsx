/** A person in a table: the name, and the address beside it where there is room. */
export function NameAndEmail({ name, email }: { name: string; email: string }) {
  return (
    <span className="flex min-w-0 items-baseline gap-x-2" title={email}>
      <span className="truncate">{name}</span>
      <span className="text-ink-muted truncate text-xs font-normal max-sm:sr-only">{email}</span>
    </span>
  )
}
