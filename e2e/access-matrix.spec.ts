import type { APIRequestContext, APIResponse } from '@playwright/test'
import { expect, test } from '@playwright/test'
import { ACTORS, type ActorName, openAs } from './access-matrix/actors'
import { discoverEntryPoints, readActionIds } from './access-matrix/discover'
import { ACTIONS, type FormValue, PAGES, ROUTES, UNDER_NO_SCENARIO } from './access-matrix/rows'
import { startWithoutProxy } from './access-matrix/without-proxy'

/**
 * The guarantee: every route handler, page and server action answers each kind of visitor as its row says, and a foreign
 * or unknown workspace is a 404; with the proxy file and without it.
 */

const found = discoverEntryPoints()

/** A connection that the server closed while it was idle may break under the next request. */
const RECONNECT = { maxRetries: 3 }

test('every route handler, page and server action has a row, and no row is of something gone', () => {
  expect(Object.keys(ROUTES).sort()).toEqual(found.routes)
  expect(Object.keys(PAGES).sort()).toEqual(found.pages)
  expect(Object.keys(ACTIONS).sort()).toEqual(found.actions)
})

for (const proxy of ['with', 'without'] as const) {
  test.describe(`${proxy} the proxy file`, () => {
    test.describe.configure({ mode: 'serial', timeout: 300_000 })
    const sessions = new Map<ActorName, APIRequestContext>()
    let origin = ''
    let stop = async () => {}

    test.beforeAll(async ({ baseURL }) => {
      const ownUrl = baseURL ?? ''
      const server = proxy === 'without' ? await startWithoutProxy(ownUrl) : { url: ownUrl, stop: async () => {} }
      origin = server.url
      stop = server.stop
      for (const actor of ACTORS) sessions.set(actor, await openAs(actor, origin))
    })

    test.afterAll(async () => {
      for (const session of sessions.values()) await session.dispose()
      await stop()
    })

    const ask = async (send: (session: APIRequestContext) => Promise<APIResponse>): Promise<number[]> => {
      const statuses: number[] = []
      for (const actor of ACTORS) {
        const session = sessions.get(actor)
        if (!session) throw new Error(`nobody is ${actor}`)
        statuses.push(statusOf(await send(session)))
      }
      return statuses
    }

    const sender =
      (method: string, path: string, body?: object | string) =>
      (session: APIRequestContext): Promise<APIResponse> =>
        session.fetch(path, {
          method,
          ...RECONNECT,
          ...(body === undefined ? {} : { data: body, headers: { 'content-type': 'application/json' } }),
        })

    /** Signed in: not found. Others are told to sign in first, as before. */
    const unknown = (cells: readonly number[]) =>
      cells.map((status, index) => (['signedOut', 'ingestKey', 'readKey'].includes(ACTORS[index] ?? '') ? status : 404))

    for (const [name, { path, body, cells }] of Object.entries(ROUTES)) {
      test(name, async () => {
        const method = name.split(' ')[0] ?? 'GET'
        expect(await ask(sender(method, path, body))).toEqual([...cells])
        if (!path.includes('/e2e-access/')) return
        const nowhere = path.replace('/e2e-access/', '/no-such-place/')
        expect(await ask(sender(method, nowhere, body))).toEqual(unknown(cells))
      })
    }

    for (const [name, { path, body, cells }] of Object.entries(UNDER_NO_SCENARIO)) {
      test(`${name}, under a scenario that there is not`, async () => {
        expect(await ask(sender(name.split(' ')[0] ?? 'GET', path, body))).toEqual([...cells])
      })
    }

    test('methods that a route does not take are refused for everybody', async () => {
      for (const name of found.refused) {
        const [method = '', path = ''] = name.split(' ')
        const real = path.replace('[workspace]', 'e2e-access')
        expect({ name, statuses: await ask(sender(method, real)) }).toEqual({ name, statuses: ACTORS.map(() => 405) })
      }
    })

    for (const [name, { path, cells }] of Object.entries(PAGES)) {
      test(name, async () => {
        expect(await ask(sender('GET', path))).toEqual([...cells])
        if (!path.includes('/e2e-access/')) return
        const nowhere = path.replace('/e2e-access/', '/no-such-place/')
        expect(await ask(sender('GET', nowhere))).toEqual(unknown(cells))
      })
    }

    for (const [name, row] of Object.entries(ACTIONS)) {
      if ('ownOnly' in row) continue
      test(name, async () => {
        const id = readActionIds().get(name.replace('action ', ''))?.id ?? ''
        expect(id, 'the build knows the action').not.toBe('')
        const statuses = await ask(async (session) => {
          const form = await row.form()
          return session.fetch(row.page, {
            method: 'POST',
            ...RECONNECT,
            headers: { 'next-action': id, origin, accept: 'text/x-component' },
            multipart: encodeAction(form),
          })
        })
        // The proxy sends visitors away before the action would.
        expect(statuses.map((status) => (status === 307 ? 303 : status))).toEqual([...row.cells])
      })
    }

    test('forged headers of the framework open nothing', async () => {
      const forged = {
        'x-middleware-subrequest': 'proxy:proxy:proxy:proxy:proxy',
        rsc: '1',
        'next-router-prefetch': '1',
        'next-action': '00deadbeef00deadbeef00deadbeef00deadbeef00',
      }
      const nobody = sessions.get('signedOut')
      for (const [header, value] of Object.entries(forged)) {
        for (const path of ['/w/e2e-access/overview', '/w/e2e-access/settings/members', '/organization/people']) {
          const method = header === 'next-action' ? 'POST' : 'GET'
          const response = await nobody?.fetch(path, { method, headers: { [header]: value } })
          const text = (await response?.text()) ?? ''
          expect(text).not.toContain('olive@example.com')
          expect(text).not.toMatch(/"Access"/)
          expect(response?.status()).not.toBe(500)
        }
      }
    })
  })
}

/** An action that leads elsewhere is answered with the page it leads to where that can be rendered at once. */
function statusOf(response: APIResponse): number {
  return response.headers()['x-action-redirect'] === undefined ? response.status() : 303
}

/** The arguments of an action as React sends them: the state before, and the form. */
function encodeAction(form: Record<string, FormValue>): FormData {
  const body = new FormData()
  for (const [name, value] of Object.entries(form)) {
    for (const each of [value].flat()) body.append(`_1_${name}`, each)
  }
  body.append('0', JSON.stringify([{ status: 'untouched', message: null, errors: {}, result: null }, '$K1']))
  return body
}
