// A parent that tests can kill: tsx start-engines-in-child.ts DATA_DIR. Prints the engines' process ids and waits.
import { startEngines } from '@/db/embedded/start-engines'

const [, , dataDir = ''] = process.argv
const engines = await startEngines({ dataDir, purpose: 'a test' })
process.stdout.write(`${JSON.stringify(engines.pids())}\n`)
