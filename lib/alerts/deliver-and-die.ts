import { sendMessage } from '@/lib/alerts/send-message'
import { deliverDueMessages, type Send } from './deliver'

/** For tests: sends what is due and is killed, `before` or `after` the first message is on its way. */
const [place, nowIso = ''] = process.argv.slice(2)
const die = () => process.kill(process.pid, 'SIGKILL')

const send: Send = async (message, settings) => {
  if (place === 'before') die()
  const answer = await sendMessage(message, settings)
  if (place === 'after') die()
  return answer
}

await deliverDueMessages('the one that dies', new Date(nowIso), { send })
