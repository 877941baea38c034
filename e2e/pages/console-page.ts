import { expect, type Locator, type Page } from '@playwright/test'

/** Pages of a workspace, by the last part of their address. */
export const PAGE_NAMES = [
  'overview',
  'endpoints',
  'users',
  'prompts',
  'providers',
  'models',
  'requests',
  'health',
] as const

/** Any signed-in page of a workspace. */
export class ConsolePage {
  constructor(
    readonly page: Page,
    private readonly workspace: string,
  ) {}

  async open(name: string, search = ''): Promise<void> {
    await this.page.goto(`/w/${this.workspace}/${name}${search}`)
    await expect(this.page.getByRole('heading', { level: 1 })).toBeVisible()
  }

  /** A headline number's value, found by its label. */
  headline(label: string): Locator {
    return this.page
      .getByRole('button', { name: label, exact: true })
      .first()
      .locator('xpath=ancestor::div[contains(@class,"px-4")][1]')
      .locator('p')
      .first()
  }

  /** A table's region, by its caption. */
  table(name: string): Locator {
    return this.page.getByRole('region', { name, exact: true })
  }

  /** A row of a table, by the text of its first cell. */
  row(table: string, firstCell: string): Locator {
    return this.table(table)
      .getByRole('row')
      .filter({ has: this.page.getByRole('rowheader', { name: firstCell, exact: true }) })
  }

  /** The cells of a table's row, found by the text of its first cell. */
  async cells(table: string, firstCell: string): Promise<string[]> {
    const row = this.row(table, firstCell)
    await expect(row).toHaveCount(1)
    const values = await row.getByRole('cell').allInnerTexts()
    return values.map((value) => value.trim())
  }

  /** Place of a column, from 0. */
  async columnIndex(table: string, header: string): Promise<number> {
    const texts = await this.table(table).getByRole('columnheader').allInnerTexts()
    return texts.findIndex((text) => text.trim() === header)
  }

  /** What a column reads in every row, "Other" and the total last. */
  async columnTexts(table: string, header: string): Promise<string[]> {
    const place = await this.columnIndex(table, header)
    return this.table(table)
      .locator(`tr > td:nth-child(${place + 1})`)
      .allInnerTexts()
  }

  /** The unrounded values of a column, as its cells say on hover. */
  async columnTitles(table: string, header: string): Promise<string[]> {
    const place = await this.columnIndex(table, header)
    return this.table(table)
      .locator(`tr > td:nth-child(${place + 1}) [title]`)
      .evaluateAll((cells) => cells.map((cell) => cell.getAttribute('title') ?? ''))
  }

  /** What a download holds, by the link that starts it. */
  async download(link: Locator): Promise<{ name: string; text: string }> {
    const [download] = await Promise.all([this.page.waitForEvent('download'), link.click()])
    const stream = await download.createReadStream()
    const chunks: Buffer[] = []
    for await (const chunk of stream) chunks.push(Buffer.from(chunk))
    return { name: download.suggestedFilename(), text: Buffer.concat(chunks).toString('utf8') }
  }
}
