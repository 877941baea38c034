/** The name with its mark: a coin, quartered, one quarter struck. A farthing is a fourth. */
export function Wordmark() {
  return (
    <span className="inline-flex items-center gap-2 text-base font-semibold tracking-tight">
      <svg aria-hidden viewBox="0 0 20 20" className="size-5">
        <circle cx="10" cy="10" r="8.25" fill="none" stroke="currentColor" strokeWidth="1.5" />
        <path d="M10 10V3.8A6.2 6.2 0 0 1 16.2 10Z" fill="var(--color-accent)" />
      </svg>
      Farthing
    </span>
  )
}
