import { runCommand } from '@/bin/launcher/run-command'
import { say } from '@/bin/launcher/say'
import { seedDemoData } from '@/bin/launcher/seed-demo-data'
import { serve } from '@/bin/launcher/serve'
import { readSettings } from '@/bin/launcher/settings'

runCommand(async (lifecycle) => {
  const settings = readSettings('127.0.0.1')
  let login = { email: '', password: '' }
  process.env.FARTHING_DEMO = '1'
  await serve(lifecycle, {
    name: 'demo',
    mode: 'start',
    engines: 'embedded',
    settings,
    prepare: async () => {
      login = await seedDemoData()
    },
  })
  say('')
  say(`  Farthing is ready:  ${settings.publicUrl}`)
  say(`  Sign in with        ${login.email}  /  ${login.password}`)
  say('  Ctrl-C stops it; the data stays.')
  say('')
  return new Promise<never>(() => {})
})
