import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { copyData } from '@/bench/copy-data'

it('shares column files, copies the rest and leaves out what belongs to the running instance', () => {
  const directory = mkdtempSync(join(tmpdir(), 'farthing-copy-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  const [from, to] = [join(directory, 'from'), join(directory, 'to')]
  mkdirSync(join(from, 'part/run'), { recursive: true })
  mkdirSync(join(to, 'old'), { recursive: true })
  writeFileSync(join(from, 'part/cost.bin'), 'columns')
  writeFileSync(join(from, 'part/run/note.txt'), 'note')
  writeFileSync(join(from, 'lock.json'), '{}')

  copyData(from, to)
  writeFileSync(join(to, 'part/run/note.txt'), 'changed')

  expect(statSync(join(to, 'part/cost.bin')).ino).toBe(statSync(join(from, 'part/cost.bin')).ino)
  expect(readFileSync(join(from, 'part/run/note.txt'), 'utf8')).toBe('note')
  expect([existsSync(join(to, 'lock.json')), existsSync(join(to, 'old'))]).toEqual([false, false])
})
