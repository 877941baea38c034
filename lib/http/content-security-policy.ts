/**
 * What a page may load and run. Scripts run by this answer's nonce and what they load themselves; styles may be inline
 * (charts, overlays); everything else comes from the site itself.
 * @param options.formTargets origins that a form's answer may lead to, beside the site
 * @param options.isDevelopment the development server evaluates code and talks over a web socket
 */
export function contentSecurityPolicy(options: {
  nonce: string
  formTargets: readonly string[]
  isDevelopment: boolean
}): string {
  const { nonce, formTargets, isDevelopment } = options
  const directives = {
    'default-src': ["'self'"],
    'script-src': ["'self'", `'nonce-${nonce}'`, "'strict-dynamic'", ...(isDevelopment ? ["'unsafe-eval'"] : [])],
    'style-src': ["'self'", "'unsafe-inline'"],
    'img-src': ["'self'", 'data:', 'blob:'],
    'font-src': ["'self'"],
    'connect-src': ["'self'", ...(isDevelopment ? ['ws:'] : [])],
    'object-src': ["'none'"],
    'base-uri': ["'self'"],
    'form-action': ["'self'", ...formTargets],
    'frame-ancestors': ["'none'"],
  }
  return Object.entries(directives)
    .map(([name, sources]) => `${name} ${sources.join(' ')}`)
    .join('; ')
}
