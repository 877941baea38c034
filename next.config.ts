import type { NextConfig } from 'next'

/** Headers that hold for every answer. The referrer stays within the site, so that no link carries tenants' names away. */
const securityHeaders = [
  { key: 'X-Content-Type-Options', value: 'nosniff' },
  { key: 'X-Frame-Options', value: 'DENY' },
  {
    key: 'Content-Security-Policy',
    value: "frame-ancestors 'none'; base-uri 'self'; object-src 'none'; form-action 'self'",
  },
  { key: 'Referrer-Policy', value: 'same-origin' },
  { key: 'Cross-Origin-Opener-Policy', value: 'same-origin' },
  {
    key: 'Permissions-Policy',
    value: 'camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()',
  },
]

/** Pages whose address is a secret. */
const noReferrer = [{ key: 'Referrer-Policy', value: 'no-referrer' }]

const noStore = [{ key: 'Cache-Control', value: 'no-store' }]

const publicUrl = process.env.FARTHING_PUBLIC_URL ?? ''
// A malformed address is named by the boot, not here.
const publicHosts = URL.canParse(publicUrl) ? [new URL(publicUrl).host] : []

const config: NextConfig = {
  poweredByHeader: false,
  reactStrictMode: true,
  // Types are a step of `npm test`; a build on somebody's machine need not check them a second time.
  typescript: { ignoreBuildErrors: true },
  serverExternalPackages: [
    '@clickhouse/client',
    '@electric-sql/pglite',
    '@node-rs/argon2',
    '@pydantic/genai-prices',
    'chdb',
    'ffi-rs',
    'nodemailer',
    'pg',
    'pino',
    'rate-limiter-flexible',
    'undici',
  ],
  // A proxy in front may pass its own Host: forms posted from the public address are the site's own.
  experimental: { authInterrupts: true, serverActions: { allowedOrigins: publicHosts, bodySizeLimit: '100kb' } },
  headers: async () => [
    { source: '/:path*', headers: securityHeaders },
    { source: '/:page(set-up|reset|invitation|acknowledge)/:path*', headers: noReferrer },
    { source: '/api/:path*', headers: noStore },
    { source: '/v1/:path*', headers: noStore },
  ],
}

export default config
