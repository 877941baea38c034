/** Runs once per server process, before it answers requests; not while the app is being built. */
export async function register(): Promise<void> {
  if (process.env.NEXT_RUNTIME !== 'nodejs' || process.env.NEXT_PHASE === 'phase-production-build') return
  const { boot } = await import('@/lib/boot/boot')
  boot()
}
