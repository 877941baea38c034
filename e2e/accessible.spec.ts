import AxeBuilder from '@axe-core/playwright'
import { expect, type Page, test } from '@playwright/test'
import { expectAccessible } from './fixtures/expect-accessible'
import { ConsolePage, PAGE_NAMES } from './pages/console-page'
import { SIGNED_OUT } from './pages/sign-in-page'

/** The guarantee: every page can be used with assistive technology, in both themes, and on a phone. */

/** Every row is like the others, and each costs the checker time. */
const FEW = '?f=endpoint:in:endpoint-00,endpoint-58'

async function expectNoViolations(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze()
  expect(violations.map((violation) => `${violation.id}: ${violation.nodes[0]?.html}`)).toEqual([])
}

test('the sign-in is accessible in both themes', async ({ browser }) => {
  const context = await browser.newContext({ storageState: SIGNED_OUT })
  const page = await context.newPage()
  await page.goto('/sign-in')
  await expectAccessible(page)
  await context.close()
})

for (const name of PAGE_NAMES) {
  test(`${name} is accessible in both themes and fits a phone`, async ({ page }) => {
    const view = new ConsolePage(page, 'e2e-many')
    await view.open(name, FEW)
    await expect(page.getByText('Loading')).toHaveCount(0)
    await expectAccessible(page)
    await page.setViewportSize({ width: 390, height: 844 })
    await expect(page.getByRole('button', { name: 'Open navigation' })).toBeVisible()
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390)
  })
}

test('open menus, dialogs and explanations are accessible', async ({ page }) => {
  const view = new ConsolePage(page, 'e2e-many')
  await view.open('overview', FEW)
  await page.getByRole('button', { name: 'Workspace: Many' }).click()
  await expect(page.getByRole('menu')).toBeVisible()
  await expectNoViolations(page)
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: 'Filter', exact: true }).click()
  await expect(page.getByRole('dialog', { name: 'Add filter' })).toBeVisible()
  await expectNoViolations(page)
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: /^Range:/ }).click()
  await expect(page.getByRole('dialog', { name: 'Range' })).toBeVisible()
  await expectNoViolations(page)
  await page.keyboard.press('Escape')
  await page.keyboard.press('Control+k')
  await expect(page.getByRole('dialog', { name: 'Go to' })).toBeVisible()
  await expectNoViolations(page)
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: 'Cost per request', exact: true }).first().focus()
  await expect(page.getByRole('tooltip')).toContainText('Cost of all attempts ÷ requests')
  await expectNoViolations(page)
})

test('a phone reaches pages, palette and account', async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 })
  await new ConsolePage(page, 'e2e-many').open('overview')
  await page.getByRole('button', { name: 'Go to', exact: true }).click()
  await page.getByPlaceholder('Page, workspace, range or scenario').fill('users')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('heading', { level: 1, name: 'Top Users' })).toBeVisible()
  await page.getByRole('button', { name: 'Open navigation' }).click()
  await page.getByRole('dialog').getByRole('link', { name: 'Providers' }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'Providers' })).toBeVisible()
})
