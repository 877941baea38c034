import type { Metadata } from 'next'
import { PAGES, type PageName } from '@/app/(console)/links'
import type { WorkspacePage } from '@/app/(console)/open-page'
import { parseViewState } from '@/lib/metrics/url-state'

/** Names a page for tabs and bookmarks, and says that it is shown under a scenario where it is. */
export function titlePage(page: PageName): (props: WorkspacePage) => Promise<Metadata> {
  return async ({ searchParams }) => {
    const { scenario } = parseViewState(await searchParams)
    return { title: `${PAGES[page]}${scenario === null ? '' : ' under a scenario'} · Farthing` }
  }
}
