import { expect, type Locator, type Page } from '@playwright/test'

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
      .locator('xpath=ancestor::div[contains(@class,"px-4")][1]')
      .locator('p')
      .first()
  }

  /** The cells of a table's row, found by the text of its first cell. */
  async cells(table: string, firstCell: string): Promise<string[]> {
    const region = this.page.getByRole('region', { name: table, exact: true })
    const row = region
      .getByRole('row')
      .filter({ has: this.page.getByRole('rowheader', { name: firstCell, exact: true }) })
    await expect(row).toHaveCount(1)
    const values = await row.getByRole('cell').allInnerTexts()
    return values.map((value) => value.trim())
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
