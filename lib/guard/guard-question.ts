import { z } from 'zod'
import type { AuthenticatedKey } from '@/lib/auth/api-key'
import { AppError } from '@/lib/errors'
import { DATA_MODES, ENVIRONMENTS } from '@/lib/events/event-names'
import type { GuardQuestion } from '@/lib/guard/decide-guard'
import type { CatalogueName, RawName } from '@/lib/pricing/model-aliases'
import { normaliseModel } from '@/lib/pricing/normalise-model'
import { normaliseProvider } from '@/lib/pricing/normalise-provider'

const text = z
  .string()
  .max(200)
  .transform((value) => value.trim() || null)

const fields = z.object({
  endpointTag: text.optional(),
  promptVersion: text.optional(),
  userId: text.optional(),
  provider: text.optional(),
  model: text.optional(),
  environment: z.enum(ENVIRONMENTS).optional(),
  dataMode: z.enum(DATA_MODES).optional(),
})

const NAMES = Object.keys(fields.shape)

/**
 * What an app asks, from the address: the names of an event's fields, and `tag.<key>`. Provider and model are named as in
 * events and normalised as these are.
 * @param nameOf what an alias says that a name stands for now
 * @throws AppError `invalid_query` for a name that is not known, sent twice, or with a value that an event could not have.
 */
export function parseGuardQuestion(
  search: URLSearchParams,
  key: Pick<AuthenticatedKey, 'fixedEnvironment' | 'fixedDataMode'>,
  nameOf: (raw: RawName) => CatalogueName | null = () => null,
): GuardQuestion {
  const sent: Record<string, string> = {}
  const tags: Record<string, string> = {}
  for (const [name, value] of search) {
    if (search.getAll(name).length > 1) throw new AppError('invalid_query', `"${name.slice(0, 80)}" is there twice.`)
    if (name.startsWith('tag.') && name.length > 4) tags[name.slice(4)] = value
    else if (NAMES.includes(name)) sent[name] = value
    else {
      throw new AppError(
        'invalid_query',
        `"${name.slice(0, 80)}" is not known here. Valid: ${NAMES.join(', ')}, tag.<key>.`,
      )
    }
  }
  const parsed = fields.safeParse(sent)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw new AppError('invalid_query', `"${String(issue?.path[0])}": ${issue?.message ?? 'is not valid'}.`)
  }
  const { endpointTag, promptVersion, userId, provider, model, environment, dataMode } = parsed.data
  const named =
    provider && model ? (nameOf({ rawProvider: provider, rawModel: model }) ?? normaliseModel(provider, model)) : null
  return {
    endpoint: endpointTag ?? null,
    promptVersion: promptVersion ?? null,
    user: userId ?? null,
    provider: named?.provider ?? (provider ? normaliseProvider(provider) : null),
    model: named?.model ?? model ?? null,
    environment: key.fixedEnvironment ?? environment ?? 'unspecified',
    dataMode: key.fixedDataMode ?? dataMode ?? 'unspecified',
    tags,
  }
}
