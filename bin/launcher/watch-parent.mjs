// Preloaded into children that do not know us (node --import): ends them when the pipe from their parent closes, as it
// does when the parent is killed.
import { joinParent } from '../../db/embedded/join-parent.mjs'

const HARD_STOP_MS = 12_000
const { FARTHING_PARENT_PID: parentPid, FARTHING_PID_FILE: pidFile } = process.env

// Not for the children of this child, which inherit its environment and its preloads.
delete process.env.FARTHING_PARENT_PID
delete process.env.FARTHING_PID_FILE

if (parentPid) {
  joinParent(pidFile ?? null, Number(parentPid))
  process.stdin.on('error', end)
  process.stdin.on('end', end)
  process.stdin.resume()
  // Its terminal went with the parent: without a listener each line that is logged would be an uncaught error to log.
  process.stdout.on('error', () => {})
  process.stderr.on('error', () => {})
  process.stdin.unref()
}

function end() {
  setTimeout(() => process.exit(1), HARD_STOP_MS).unref()
  process.kill(process.pid, 'SIGTERM')
}
