import 'server-only'
import { deleteReceiptTimesBefore } from '@/db/postgres/queries/receipt-times'
import { startAlertWorker } from '@/lib/alerts/worker'
import { applyProvisionFile } from '@/lib/auth/provision'
import { publicOrigin } from '@/lib/auth/public-origin'
import { isSetUp, setUpUrl } from '@/lib/auth/set-up'
import { enterPhase } from '@/lib/boot/boot-state'
import { EVALUATORS } from '@/lib/boot/evaluators'
import { watchHttpServer } from '@/lib/boot/http-server'
import { shutDownOnSignals } from '@/lib/boot/shut-down'
import { type Env, readEnv } from '@/lib/env'
import { AppError } from '@/lib/errors'
import { prepareIngest } from '@/lib/events/ingest'
import { startHealing } from '@/lib/ledger/healing'
import { startReconciler } from '@/lib/ledger/reconciler'
import { startLedgerUpkeep } from '@/lib/ledger/upkeep'
import { log } from '@/lib/log'
import { startVolumePricing } from '@/lib/pricing/renew-volume-prices'
import { startRestamping } from '@/lib/pricing/restamp'
import { syncPriceBook } from '@/lib/pricing/sync-price-book'

const STORE_WAIT_MS = 30_000
const RETRY_MS = 500
const RECEIPT_TIMES_MS = 35 * 86_400_000
const FORGET_EVERY_MS = 6 * 3_600_000

/**
 * Starts the process: checks the settings, then, while /readyz says so, provisions and brings the price book up to date.
 * A failure prints one line and ends the process with 1, so that whatever supervises it sees it.
 */
export function boot(): void {
  const env = readSettings()
  watchHttpServer({ isPublicHttps: publicOrigin(env).startsWith('https:') })
  shutDownOnSignals()
  prepare(env).then(() => {
    enterPhase('ready')
    log.info('Ready')
  }, fail)
}

function readSettings(): Env {
  try {
    const env = readEnv()
    if (!env.AUTH_SECRET) throw new Error('Settings: AUTH_SECRET is not set (openssl rand -base64 33).')
    return env
  } catch (error) {
    return fail(error)
  }
}

async function prepare(env: Env): Promise<void> {
  const { FARTHING_PROVISION: provisionPath } = env
  if (provisionPath) {
    const counts = await retryWhileStarting(() => applyProvisionFile(provisionPath))
    log.info(counts, 'Provisioned')
  }
  if (!(await retryWhileStarting(isSetUp))) {
    // Not a log line: it is for a person, and log levels must not hide it.
    process.stderr.write(`Nobody has an account yet. Create the first one at ${setUpUrl(env)}\n`)
  }
  const book = await retryWhileStarting(() => syncPriceBook(new Date()))
  log.info(book, 'Price book')
  await retryWhileStarting(prepareIngest)
  forgetOldReceiptTimes()
  startReconciler()
  startHealing()
  startLedgerUpkeep()
  startRestamping()
  startVolumePricing()
  startAlertWorker(EVALUATORS)
}

/** Receipt times are a promise of 35 days; what is older is dropped now and every few hours. */
function forgetOldReceiptTimes(): void {
  const forget = () => {
    deleteReceiptTimesBefore(new Date(Date.now() - RECEIPT_TIMES_MS)).catch((error: unknown) =>
      log.warn({ err: error }, 'Old receipt times could not be dropped; the next turn tries again'),
    )
  }
  forget()
  setInterval(forget, FORGET_EVERY_MS).unref()
}

async function retryWhileStarting<T>(run: () => Promise<T>): Promise<T> {
  const deadlineMs = performance.now() + STORE_WAIT_MS
  for (;;) {
    try {
      return await run()
    } catch (error) {
      const isStarting = error instanceof AppError && error.code === 'unavailable'
      if (!isStarting || performance.now() + RETRY_MS > deadlineMs) throw error
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
    }
  }
}

function fail(error: unknown): never {
  const message = error instanceof Error ? error.message : String(error)
  process.stderr.write(`Farthing cannot start. ${message.split('\n')[0]}\n`)
  process.exit(1)
}
