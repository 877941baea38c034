import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const

/** What can be asked of the app from outside. Methods that a route refuses for everybody are told apart. */
export type EntryPoints = { routes: string[]; refused: string[]; pages: string[]; actions: string[] }

/** Walks the sources: every exported handler, every page, every exported server action. */
export function discoverEntryPoints(): EntryPoints {
  const files = ['app', 'components', 'lib'].flatMap((folder) => listFiles(join(ROOT, folder)))
  const routes: string[] = []
  const refused: string[] = []
  const pages: string[] = []
  const actions: string[] = []
  for (const file of files) {
    const path = relative(ROOT, file).replaceAll('\\', '/')
    const source = readFileSync(file, 'utf8')
    if (/^app\/(.*\/)?route\.tsx?$/.test(path)) {
      for (const method of METHODS) {
        if (!exportsName(source, method)) continue
        const isRefused = new RegExp(`export const ${method} = refuseMethod\\(`).test(source)
        const list = isRefused ? refused : routes
        list.push(`${method} ${addressOf(path)}`)
      }
    }
    if (/^app\/(.*\/)?page\.tsx?$/.test(path)) pages.push(`page ${addressOf(path)}`)
    if (/^['"]use server['"]/m.test(source)) actions.push(...exportedFunctions(source).map((name) => `action ${name}`))
    if (/^\s+['"]use server['"]/m.test(source)) throw new Error(`${path}: a server action inside of a function`)
  }
  return { routes: routes.sort(), refused: refused.sort(), pages: pages.sort(), actions: actions.sort() }
}

function listFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return listFiles(path)
    return /\.tsx?$/.test(entry.name) && !/\.test\.tsx?$/.test(entry.name) ? [path] : []
  })
}

/** `app/(console)/w/[workspace]/page.tsx` is at `/w/[workspace]`. */
function addressOf(path: string): string {
  const parts = path.split('/').slice(1, -1)
  return `/${parts.filter((part) => !part.startsWith('(')).join('/')}`
}

function exportsName(source: string, name: string): boolean {
  if (new RegExp(`export (async function|function|const) ${name}\\b`).test(source)) return true
  return [...source.matchAll(/export \{([^}]*)\}/g)].some((match) =>
    (match[1] ?? '').split(',').some(
      (part) =>
        part
          .trim()
          .split(/\s+as\s+/)
          .at(-1) === name,
    ),
  )
}

function exportedFunctions(source: string): string[] {
  return [...source.matchAll(/^export (?:async function|const) (\w+)/gm)].flatMap((match) => match[1] ?? [])
}

const manifest = z.object({
  node: z.record(
    z.string(),
    z.object({ exportedName: z.string().optional(), workers: z.record(z.string(), z.unknown()) }),
  ),
})

/** The ids under which the build answers server actions, by exported name, each with the pages that know it. */
export function readActionIds(): Map<string, { id: string; pages: string[] }> {
  const file = join(ROOT, '.next/server/server-reference-manifest.json')
  const { node } = manifest.parse(JSON.parse(readFileSync(file, 'utf8')))
  return new Map(
    Object.entries(node).flatMap(([id, { exportedName, workers }]) =>
      exportedName ? [[exportedName, { id, pages: Object.keys(workers) }] as const] : [],
    ),
  )
}
