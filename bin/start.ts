import { runCommand } from '@/bin/launcher/run-command'
import { say } from '@/bin/launcher/say'
import { serve } from '@/bin/launcher/serve'
import { readSettings } from '@/bin/launcher/settings'

runCommand(async (lifecycle) => {
  const settings = readSettings(null)
  await serve(lifecycle, { name: 'start', mode: 'start', engines: 'configured', settings })
  say(`Farthing is ready: ${settings.publicUrl}`)
  return new Promise<never>(() => {})
})
