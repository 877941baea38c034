import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { defineConfig } from '@playwright/test'
import { CHROMIUM_ARGS, findOrInstallChromium } from '../bin/launcher/find-chromium'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

// The workers read this file too, and must see what the first reading decided.
process.env.E2E_PORT ??= '3210'
process.env.E2E_ISSUER_PORT ??= String(Number(process.env.E2E_PORT) + 1)
process.env.E2E_MAIL_PORT ??= String(Number(process.env.E2E_PORT) + 2)
process.env.E2E_DATA_DIR ??= mkdtempSync(join(tmpdir(), 'farthing-e2e-'))
process.env.CHROMIUM_PATH ||= findOrInstallChromium()

const baseURL = `http://localhost:${process.env.E2E_PORT}`

export default defineConfig({
  testDir: fileURLToPath(new URL('.', import.meta.url)),
  outputDir: join(ROOT, 'test-results/e2e'),
  globalSetup: fileURLToPath(new URL('fixtures/set-up.ts', import.meta.url)),
  forbidOnly: true,
  fullyParallel: true,
  retries: 0,
  workers: 2,
  timeout: 120_000,
  // A machine that is shared may be slow; what is right at once costs nothing.
  expect: { timeout: 30_000 },
  reporter: process.env.E2E_REPORT ? [['list'], ['json', { outputFile: process.env.E2E_REPORT }]] : [['list']],
  use: {
    baseURL,
    locale: 'en-US',
    timezoneId: 'UTC',
    storageState: join(process.env.E2E_DATA_DIR, 'ada.json'),
    screenshot: 'only-on-failure',
    launchOptions: { executablePath: process.env.CHROMIUM_PATH, args: CHROMIUM_ARGS },
  },
  webServer: {
    command: 'node bin/bootstrap.mjs start',
    cwd: ROOT,
    url: `${baseURL}/readyz`,
    timeout: 300_000,
    gracefulShutdown: { signal: 'SIGTERM', timeout: 20_000 },
    stdout: 'pipe',
    stderr: 'pipe',
    env: {
      PORT: process.env.E2E_PORT,
      HOSTNAME: '127.0.0.1',
      FARTHING_DATA_DIR: process.env.E2E_DATA_DIR,
      FARTHING_PROVISION: join(ROOT, 'e2e/fixtures/provision.json'),
      FARTHING_PUBLIC_URL: baseURL,
      // Tests that fail on purpose come from addresses of their own.
      AUTH_TRUST_HOST: 'true',
      FARTHING_OIDC_ISSUER: `http://localhost:${process.env.E2E_ISSUER_PORT}`,
      FARTHING_OIDC_CLIENT_ID: 'farthing',
      FARTHING_OIDC_CLIENT_SECRET: 'a secret of the mock issuer',
      FARTHING_OIDC_NAME: 'Acme SSO',
      SMTP_URL: `smtp://127.0.0.1:${process.env.E2E_MAIL_PORT}`,
      FARTHING_ALLOW_PRIVATE_WEBHOOKS: '127.0.0.1',
      CLICKHOUSE_URL: '',
      DATABASE_URL: '',
      LOG_LEVEL: 'warn',
    },
  },
})
