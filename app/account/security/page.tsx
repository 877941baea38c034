import type { Metadata } from 'next'
import Link from 'next/link'
import { connection } from 'next/server'
import { encode } from 'uqr'
import { EndSessionForm, PasswordForm, SecondFactorForms } from '@/app/account/security/security-forms'
import { Wordmark } from '@/components/shell/wordmark'
import { Badge } from '@/components/ui/badge'
import { Panel } from '@/components/ui/panel'
import { listLiveSessions } from '@/db/postgres/queries/sessions'
import { describeUserAgent } from '@/lib/auth/describe-user-agent'
import { oidcName } from '@/lib/auth/oidc'
import { readSecondFactor } from '@/lib/auth/second-factor'
import { requireSession } from '@/lib/auth/session'
import { readEnv } from '@/lib/env'

export const metadata: Metadata = { title: 'Password and security · Farthing', robots: { index: false } }

const METHODS = new Map([
  ['password', 'password'],
  ['password+totp', 'password and code'],
  ['password+recovery', 'password and recovery code'],
  ['oidc', 'single sign-on'],
])

const instant = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' })

/** What protects somebody's account: their password, their second factor, and where they are signed in. */
export default async function SecurityPage() {
  await connection()
  const { user } = await requireSession('/account/security')
  const [factor, sessions] = await Promise.all([readSecondFactor(user), listLiveSessions(user.id)])
  const provider = oidcName(readEnv()) ?? 'single sign-on'
  return (
    <div className="mx-auto flex w-full max-w-3xl flex-col gap-4 px-4 py-4">
      <header className="flex flex-col gap-3">
        <Link href="/" aria-label="Farthing: back to your workspace" className="self-start">
          <Wordmark />
        </Link>
        <div>
          <h1 className="text-lg font-semibold tracking-tight">Password and security</h1>
          <p className="text-ink-muted text-xs">
            {user.name} · {user.email}
          </p>
        </div>
      </header>
      <main className="flex flex-col gap-4">
        <Panel title="Password">
          {factor.state === 'no_password' ? (
            <p className="text-ink-muted">You sign in with {provider}; this account has no password.</p>
          ) : (
            <PasswordForm email={user.email} />
          )}
        </Panel>
        <Panel
          title="Second factor"
          note={
            factor.state === 'on'
              ? `On since ${instant.format(factor.since)} UTC · ${factor.recoveryCodesLeft} recovery codes left`
              : factor.state !== 'no_password' && 'A code of an authenticator app, asked after your password'
          }
        >
          {factor.state === 'no_password' ? (
            <p className="text-ink-muted">A second factor is up to {provider}.</p>
          ) : (
            <SecondFactorForms
              phase={factor.state}
              secret={factor.state === 'pending' ? factor.secret : null}
              qr={factor.state === 'pending' ? <QrCode text={factor.uri} /> : null}
            />
          )}
        </Panel>
        <Panel
          title="Signed in"
          actions={sessions.length > 1 && <EndSessionForm label="Sign out everywhere else" />}
          flush
        >
          <ul>
            {sessions.map((session) => (
              <li
                key={session.id}
                className="border-line flex flex-wrap items-center justify-between gap-x-4 gap-y-1 border-t px-4 py-2"
              >
                <div className="min-w-0">
                  <p className="flex flex-wrap items-center gap-2">
                    {describeUserAgent(session.userAgent)}
                    {session.id === user.sessionId && <Badge tone="good">this browser</Badge>}
                  </p>
                  <p className="text-ink-muted text-xs">
                    since {instant.format(session.createdAt)} UTC · {session.address} ·{' '}
                    {METHODS.get(session.method) ?? session.method}
                  </p>
                </div>
                {session.id !== user.sessionId && (
                  <EndSessionForm
                    sessionId={session.id}
                    label={`Sign out ${describeUserAgent(session.userAgent)} since ${instant.format(session.createdAt)}`}
                  />
                )}
              </li>
            ))}
          </ul>
        </Panel>
      </main>
    </div>
  )
}

/** Always black on white: scanners want it so in either theme. */
function QrCode({ text }: { text: string }) {
  const { data, size } = encode(text, { border: 2 })
  const path = data.flatMap((row, y) => row.flatMap((dark, x) => (dark ? [`M${x} ${y}h1v1h-1z`] : []))).join('')
  return (
    <svg
      role="img"
      aria-label="QR code for an authenticator app"
      viewBox={`0 0 ${size} ${size}`}
      className="size-44 shrink-0"
    >
      <rect width={size} height={size} fill="#fff" />
      <path d={path} fill="#000" shapeRendering="crispEdges" />
    </svg>
  )
}
