/** Where the process is between its start and its end. */
export type BootPhase = 'starting' | 'ready' | 'stopping'

declare global {
  var farthingBootPhase: BootPhase | undefined
}

/** The process's phase. Kept on the global object: the boot and the routes are bundled apart. */
export function bootPhase(): BootPhase {
  return globalThis.farthingBootPhase ?? 'starting'
}

/** Enters a phase; a process that is stopping stays so. */
export function enterPhase(phase: BootPhase): void {
  if (globalThis.farthingBootPhase !== 'stopping') globalThis.farthingBootPhase = phase
}
