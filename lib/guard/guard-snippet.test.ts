import { ModuleKind, ScriptTarget, transpileModule } from 'typescript'
import { afterEach, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { guardSnippetOf } from './guard-snippet'

const clientModule = z.object({ askGuard: z.custom<(question: object) => Promise<{ decision: string }>>() })

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

it('is short in each language', () => {
  const lines = (['typescript', 'python'] as const).map((language) => guardSnippetOf(language, '').split('\n').length)
  expect(Math.max(...lines)).toBeLessThanOrEqual(20)
})

it('goes by what it was told for a minute while Farthing is away, then allows', async () => {
  let isAway = false
  const block = JSON.stringify({ decision: 'block', reason: 'spent', substitute: null })
  vi.stubGlobal('fetch', async () => (isAway ? new Response('', { status: 503 }) : new Response(block)))
  const { outputText } = transpileModule(guardSnippetOf('typescript', 'https://farthing.example'), {
    compilerOptions: { module: ModuleKind.ESNext, target: ScriptTarget.ES2022 },
  })
  const source = `data:text/javascript,${encodeURIComponent(outputText)}`
  const { askGuard } = clientModule.parse({ ...(await import(/* @vite-ignore */ source)) })
  vi.useFakeTimers({ toFake: ['Date'], now: new Date('2026-11-21T12:00:00Z') })
  const ask = async (time: string) => {
    vi.setSystemTime(new Date(`2026-11-21T${time}Z`))
    return (await askGuard({ endpointTag: 'chat' })).decision
  }
  expect(await ask('12:00:00')).toBe('block')
  isAway = true
  expect(await ask('12:00:04')).toBe('block')
  expect(await ask('12:01:00')).toBe('block')
  expect(await ask('12:01:06')).toBe('allow')
})
