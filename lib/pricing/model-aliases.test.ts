import { describe, expect, it } from 'vitest'
import { createAliasIndex, findAliasChanges, type ModelAlias } from './model-aliases'

const RAW = { rawProvider: 'OpenAI', rawModel: 'our-gpt' }
const [SPRING, SUMMER, AUTUMN] = ['2026-03-01', '2026-06-01', '2026-09-01'].map((day) => new Date(`${day}T00:00:00Z`))
const NOBODY = () => []

function alias(id: number, model: string, changes: Partial<ModelAlias> = {}): ModelAlias {
  return {
    ...RAW,
    id,
    workspaceId: null,
    provider: 'openai',
    model,
    effectiveFrom: null,
    effectiveTo: null,
    ...changes,
  }
}

const at = (instant: string) => Date.parse(instant)

describe('createAliasIndex', () => {
  it('names exactly what was sent, and nothing else', () => {
    const { nameOf } = createAliasIndex([alias(1, 'gpt-4o')])
    expect(nameOf(7, RAW, 0)).toEqual({ provider: 'openai', model: 'gpt-4o' })
    expect(nameOf(7, { ...RAW, rawModel: 'our-gpt-2' }, 0)).toBeNull()
    expect(nameOf(7, { ...RAW, rawModel: 'Our-GPT' }, 0)).toBeNull()
    expect(nameOf(7, { ...RAW, rawProvider: 'openai' }, 0)).toBeNull()
  })

  it('holds from its beginning and no longer at its end', () => {
    const { nameOf } = createAliasIndex([alias(1, 'gpt-4o', { effectiveFrom: SPRING, effectiveTo: SUMMER })])
    const models = [
      '2026-02-28T23:59:59.999Z',
      '2026-03-01T00:00:00Z',
      '2026-05-31T23:59:59.999Z',
      '2026-06-01T00:00:00Z',
    ]
    expect(models.map((instant) => nameOf(7, RAW, at(instant))?.model ?? null)).toEqual([
      null,
      'gpt-4o',
      'gpt-4o',
      null,
    ])
  })

  it('takes the workspace’s before the organisation’s, and of those the newest', () => {
    const { nameOf } = createAliasIndex([
      alias(3, 'gpt-4o'),
      alias(4, 'gpt-4.1'),
      alias(1, 'o1', { workspaceId: 7 }),
      alias(2, 'o3', { workspaceId: 7, effectiveFrom: SUMMER }),
    ])
    expect(nameOf(8, RAW, at('2026-07-01'))?.model).toBe('gpt-4.1')
    expect(nameOf(7, RAW, at('2026-07-01'))?.model).toBe('o3')
    expect(nameOf(7, RAW, at('2026-05-01'))?.model).toBe('o1')
  })
})

describe('findAliasChanges', () => {
  const always = { fromMs: null, toMs: null }

  it('changes all of time for an alias without dates', () => {
    expect(findAliasChanges(RAW, [], [alias(1, 'gpt-4o')], NOBODY)).toEqual([
      { workspaceId: 0, provider: 'openai', model: 'gpt-4o', ...always },
    ])
  })

  it('gives back the name that was sent, as it is normalised, when the alias is revoked', () => {
    expect(findAliasChanges(RAW, [alias(1, 'gpt-4o')], [], NOBODY)).toEqual([
      { workspaceId: 0, provider: 'openai', model: 'our-gpt', ...always },
    ])
  })

  it('changes nothing where another alias said the same, or says more', () => {
    expect(findAliasChanges(RAW, [alias(1, 'gpt-4o')], [alias(1, 'gpt-4o'), alias(2, 'gpt-4o')], NOBODY)).toEqual([])
    const own = alias(1, 'o1', { workspaceId: 7 })
    expect(findAliasChanges(RAW, [own], [own, alias(2, 'gpt-4o')], NOBODY)).toEqual([
      { workspaceId: 0, provider: 'openai', model: 'gpt-4o', ...always },
      { workspaceId: 7, provider: 'openai', model: 'o1', ...always },
    ])
  })

  it('follows for workspaces that have an alias of their own for a part of the time', () => {
    const own = alias(1, 'o1', { workspaceId: 7, effectiveFrom: SPRING, effectiveTo: SUMMER })
    expect(findAliasChanges(RAW, [own], [own, alias(2, 'gpt-4o', { effectiveTo: AUTUMN })], NOBODY)).toEqual([
      { workspaceId: 0, provider: 'openai', model: 'gpt-4o', fromMs: null, toMs: AUTUMN?.getTime() },
      { workspaceId: 7, provider: 'openai', model: 'gpt-4o', fromMs: null, toMs: SPRING?.getTime() },
      { workspaceId: 7, provider: 'openai', model: 'o1', fromMs: SPRING?.getTime(), toMs: SUMMER?.getTime() },
      { workspaceId: 7, provider: 'openai', model: 'gpt-4o', fromMs: SUMMER?.getTime(), toMs: AUTUMN?.getTime() },
    ])
  })

  it('follows for workspaces that have prices of their own for the name', () => {
    const priced = ({ model }: { model: string }) => (model === 'gpt-4o' ? [9] : [])
    expect(findAliasChanges(RAW, [], [alias(1, 'gpt-4o')], priced)).toEqual([
      { workspaceId: 0, provider: 'openai', model: 'gpt-4o', ...always },
      { workspaceId: 9, provider: 'openai', model: 'gpt-4o', ...always },
    ])
  })

  it('leaves the others alone when a workspace has an alias of its own', () => {
    expect(findAliasChanges(RAW, [], [alias(1, 'gpt-4o', { workspaceId: 7, effectiveFrom: SPRING })], NOBODY)).toEqual([
      { workspaceId: 7, provider: 'openai', model: 'gpt-4o', fromMs: SPRING?.getTime(), toMs: null },
    ])
  })
})
