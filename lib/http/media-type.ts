import { AppError } from '@/lib/errors'

/**
 * The essence (`type/subtype`, lower-case) of a Content-Type header; `''` when there is none.
 * @throws AppError `unsupported_media_type` when it names a charset other than UTF-8.
 */
export function readMediaType(header: string | null): string {
  const [essence = '', ...parameters] = (header ?? '').split(';')
  for (const parameter of parameters) {
    const [name = '', value = ''] = parameter.split('=')
    if (name.trim().toLowerCase() !== 'charset') continue
    const charset = value.trim().replaceAll('"', '').toLowerCase()
    if (charset !== 'utf-8' && charset !== 'utf8' && charset !== 'us-ascii') {
      throw new AppError('unsupported_media_type', 'The body must be UTF-8.')
    }
  }
  return essence.trim().toLowerCase()
}
