import { runCommand } from '@/bin/launcher/run-command'
import { say } from '@/bin/launcher/say'
import { serve } from '@/bin/launcher/serve'
import { readSettings } from '@/bin/launcher/settings'

runCommand(async (lifecycle) => {
  const settings = readSettings('127.0.0.1')
  await serve(lifecycle, { name: 'dev', mode: 'dev', engines: 'configured', settings })
  say(`Farthing is ready: ${settings.publicUrl}`)
  return new Promise<never>(() => {})
})
