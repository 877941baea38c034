import 'server-only'
import { answerGuard, guardTag } from '@/lib/guard/answer-guard'
import type { GuardQuestion } from '@/lib/guard/decide-guard'

const LOOK_EVERY_MS = 1_000
/** Proxies close connections that are silent for long. */
const COMMENT_EVERY_MS = 15_000

/**
 * The answer to a question and every later one that differs, as server-sent events named `guard`, until `signal` ends it
 * or `mayListen`, which is asked every second, says no: a revoked key hears nothing more.
 */
export function streamGuard(
  workspaceId: number,
  question: GuardQuestion,
  { signal, mayListen }: { signal: AbortSignal; mayListen: () => Promise<boolean> },
): Response {
  const encoder = new TextEncoder()
  let timer: NodeJS.Timeout | undefined
  let isOver = false
  const end = () => {
    isOver = true
    clearTimeout(timer)
  }
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => {
      let tag = ''
      let saidAtMs = Date.now()
      const say = (text: string) => {
        controller.enqueue(encoder.encode(text))
        saidAtMs = Date.now()
      }
      const breakOff = (error: unknown) => {
        if (isOver) return
        end()
        controller.error(error)
      }
      const look = async (): Promise<void> => {
        const isAllowed = await mayListen()
        if (isOver) return
        if (!isAllowed) {
          end()
          controller.close()
          return
        }
        const answer = await answerGuard(workspaceId, question, new Date())
        if (isOver) return
        const next = guardTag(answer)
        if (next !== tag) {
          tag = next
          say(`event: guard\nid: ${next.slice(1, -1)}\ndata: ${JSON.stringify(answer)}\n\n`)
        } else if (Date.now() - saidAtMs > COMMENT_EVERY_MS) say(': still here\n\n')
        timer = setTimeout(() => look().catch(breakOff), LOOK_EVERY_MS)
      }
      signal.addEventListener('abort', () => {
        if (isOver) return
        end()
        controller.close()
      })
      return look()
    },
    cancel: end,
  })
  return new Response(body, {
    headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' },
  })
}
