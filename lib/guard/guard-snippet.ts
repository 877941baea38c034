export type GuardSnippetLanguage = 'typescript' | 'python'

/**
 * A client of the guard that keeps answers for five seconds. When Farthing does not answer in time it goes on by the last
 * one for a minute, then by allow.
 */
export function guardSnippetOf(language: GuardSnippetLanguage, baseUrl: string): string {
  return SNIPPETS[language](baseUrl)
}

const SNIPPETS: Readonly<Record<GuardSnippetLanguage, (baseUrl: string) => string>> = {
  typescript: (baseUrl) => `type Guard = { decision: 'allow' | 'degrade' | 'block'; reason: string
  substitute: { model: string | null; maxOutputTokens: number | null } | null }
const ALLOW: Guard = { decision: 'allow', reason: 'not known', substitute: null }
const known = new Map<string, { guard: Guard; etag: string; until: number }>()
export async function askGuard(question: Record<string, string>): Promise<Guard> {
  const query = new URLSearchParams(question).toString()
  const last = known.get(query)
  if (last && last.until > Date.now()) return last.guard
  const fallback = last && last.until + 60_000 > Date.now() ? last.guard : ALLOW
  try {
    const response = await fetch(\`${baseUrl}/v1/guard?\${query}\`, {
      headers: { authorization: \`Bearer \${process.env.FARTHING_KEY}\`, 'if-none-match': last?.etag ?? '' },
      signal: AbortSignal.timeout(250),
    })
    if (response.status !== 304 && !response.ok) return fallback
    const guard: Guard = response.status === 304 && last ? last.guard : await response.json()
    known.set(query, { guard, etag: response.headers.get('etag') ?? '', until: Date.now() + 5000 })
    return guard
  } catch { return fallback }
}`,
  python: (baseUrl) => `import json, os, time, urllib.error, urllib.parse, urllib.request
ALLOW = {"decision": "allow", "reason": "not known", "substitute": None}
known = {}
def ask_guard(**question):
    query = urllib.parse.urlencode(question)
    guard, etag, until = known.get(query, (ALLOW, "", 0))
    if until > time.time(): return guard
    fallback = guard if until + 60 > time.time() else ALLOW
    headers = {"Authorization": "Bearer " + os.environ["FARTHING_KEY"], "If-None-Match": etag}
    request = urllib.request.Request("${baseUrl}/v1/guard?" + query, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=0.25) as response:
            guard, etag = json.load(response), response.headers.get("ETag", "")
    except urllib.error.HTTPError as error:
        if error.code != 304:
            return fallback
    except (OSError, ValueError):
        return fallback
    known[query] = (guard, etag, time.time() + 5)
    return guard`,
}
